import { createHash, randomUUID } from 'node:crypto';
import type { DeliveryItem, FetchedMessage, Mailbox, MailStore } from '../types.ts';

/** What the contract's tests work on. */
export interface Subject {
  readonly store: () => MailStore;
  readonly reopen: () => Promise<void>;
}

export const PREFIX = Buffer.from(
  'Return-Path: <a@example.org>\r\nReceived: by test; Mon, 1 Jan 2024 00:00:00 +0000\r\n',
);

export function newAccount(): string {
  return `account-${randomUUID()}`;
}

export function text(subject: string, body = 'Hello\r\n'): Buffer {
  return Buffer.from(`From: a@example.org\r\nTo: b@example.org\r\nSubject: ${subject}\r\n\r\n${body}`);
}

export function item(accountId: string, content: Buffer, more: Partial<DeliveryItem> = {}): DeliveryItem {
  return {
    accountId,
    queueId: randomUUID(),
    finalRecipient: 'b@example.org',
    internalDate: 1_700_000_000_000,
    prefix: PREFIX,
    content: {
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      inline: content.length <= 1 << 17 ? content : null,

      async *stream() {
        for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000);
      },
    },
    ...more,
  };
}

export async function inbox(store: MailStore, account: string): Promise<Mailbox> {
  const mailbox = await store.mailbox(account, 'INBOX');
  if (!mailbox) throw new Error('no INBOX');
  return mailbox;
}

/** Everything in a mailbox with its octets. */
export async function readAll(
  store: MailStore,
  account: string,
  mailboxId: number,
): Promise<(FetchedMessage & { text: string })[]> {
  const { uids } = await store.snapshot(account, mailboxId);
  const messages = [];
  for await (const message of store.fetch(account, mailboxId, [...uids], { structure: true, content: true })) {
    messages.push({ ...message, text: (await octets(message)).toString('latin1') });
  }
  return messages;
}

export async function octets(message: FetchedMessage, start?: number, end?: number): Promise<Buffer> {
  const chunks = [];
  for await (const chunk of message.bytes?.read(start, end) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}
