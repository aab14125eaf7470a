import type { RecordRecipient } from '@postroad/bus';
import type { DirectoryReader } from '@postroad/directory';
import type { ReversePath } from '@postroad/mail';
import type { DeliveryItem } from '@postroad/mailstore';
import { formatPath } from '@postroad/smtp';
import type { SpoolMessage } from '@postroad/spool';

/** The part of a record that says what is delivered to whom. */
export interface Delivery {
  readonly recipient: RecordRecipient;
  readonly reversePath: ReversePath;
  readonly prefix: string;
}

/**
 * What the store files for one recipient: Return-Path and Delivered-To in front of the trace fields added on the way
 * (RFC 5321 §4.4: the final MTA adds Return-Path), then the content as it came in.
 */
export async function deliveryItem(
  message: SpoolMessage,
  delivery: Delivery,
  directory: DirectoryReader,
): Promise<DeliveryItem> {
  const { head } = message;
  const { recipient, reversePath, prefix } = delivery;
  const accountId = recipient.accountId ?? '';
  const finalRecipient = recipient.finalRecipient ?? '';
  const account = await directory.account(accountId);
  const returnPath = formatPath(reversePath);
  return {
    accountId,
    queueId: head.queueId,
    finalRecipient,
    internalDate: Date.parse(head.receivedAt),
    prefix: Buffer.from(`Return-Path: ${returnPath}\r\nDelivered-To: ${finalRecipient}\r\n${prefix}${head.prefix}`),
    content: { size: head.size, sha256: head.sha256, inline: message.inline, stream: () => message.stream() },
    ...(account === null ? {} : { quota: account.quota }),
  };
}
