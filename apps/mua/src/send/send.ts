import type { Logger, Tracing } from '@postroad/telemetry';
import type { SendRequest, SendResult } from '../api-types.ts';
import type { Account } from '../imap/account.ts';
import { folderFor } from '../imap/folders.ts';
import type { MailServers } from '../imap/servers.ts';
import type { Uploads } from '../session/uploads.ts';
import { compose, withBcc } from './compose.ts';
import { removeDraft } from './drafts.ts';
import { recipientsOf } from './recipients.ts';
import { submit } from './submit.ts';

export interface SendServices {
  readonly servers: MailServers;
  readonly hostname: string;
  readonly tracing: Tracing;
  readonly logger: Logger;
}

/**
 * Sends a message, then puts its copy into Sent, marks what it answers and removes its draft. After the server's 250 nothing
 * makes this fail any more: the message is on its way.
 */
export async function send(
  { servers, hostname, tracing, logger }: SendServices,
  account: Account,
  uploads: Uploads,
  request: SendRequest,
): Promise<SendResult> {
  const recipients = recipientsOf(request);
  const { content, messageId } = await compose(account.credentials.address, request, uploads.get(request.uploads));
  const span = tracing.span('mua.send', {
    attributes: { 'messaging.message.id': messageId, 'messaging.message.body.size': content.length },
  });
  let refused: SendResult['refused'];
  try {
    // The MSA takes the story up from here and removes the field; the copy in Sent never has it.
    const traced = Buffer.concat([Buffer.from(`Traceparent: ${span.traceparent}\r\n`), content]);
    refused = await submit(servers, account.credentials, hostname, recipients, traced);
    span.end();
  } catch (error) {
    span.end(error);
    throw error;
  }
  const kept = async () => {
    const client = await account.client();
    const folder = await folderFor(client, 'sent');
    await client.append(folder, withBcc(content, request.bcc), ['\\Seen']);
    account.watch.tell({ folder, arrived: false });
  };
  const done = async (work: Promise<unknown>, what: string) => {
    try {
      await work;
      return true;
    } catch (err) {
      logger.warn({ err: { message: (err as Error).message } }, what);
      return false;
    }
  };
  const savedToSent = await done(kept(), 'a message was sent, but its copy is not in Sent');
  if (request.answers !== null)
    await done(markAnswered(account, request.answers), 'the answered message could not be marked');
  if (request.draftUid !== null)
    await done(removeDraft(account, request.draftUid), 'the draft of a sent message could not be removed');
  for (const id of request.uploads) uploads.remove(id);
  return { messageId, refused, savedToSent };
}

async function markAnswered(account: Account, { folder, uid }: { folder: string; uid: number }): Promise<void> {
  await account.inFolder(folder, (client) => client.messageFlagsAdd(`${uid}`, ['\\Answered'], { uid: true }));
  account.watch.tell({ folder, arrived: false });
}
