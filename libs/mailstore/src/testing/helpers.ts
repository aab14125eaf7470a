import { createHash, randomUUID } from 'node:crypto';
import type { DeliveryItem, FetchedMessage, FetchWant, Mailbox, MailStore, StoreErrorCode } from '../types.ts';

/** What the contract's tests work on. */
export interface Subject {
  readonly store: () => MailStore;
  readonly reopen: () => Promise<void>;
  /** Another store, empty; closed by the one who asked for it. */
  readonly another: () => Promise<{ readonly store: MailStore; close(): Promise<void> }>;
}

export const PREFIX = Buffer.from(
  'Return-Path: <a@example.org>\r\nReceived: by test; Mon, 1 Jan 2024 00:00:00 +0000\r\n',
);

/** For `assert.rejects`. */
export const code = (expected: StoreErrorCode) => (error: unknown) => (error as { code?: string }).code === expected;

export function newAccount(): string {
  return `account-${randomUUID()}`;
}

export function text(subject: string, body = 'Hello\r\n'): Buffer {
  return Buffer.from(`From: a@example.org\r\nTo: b@example.org\r\nSubject: ${subject}\r\n\r\n${body}`);
}

/** A message of header lines and a body. */
export function lines(header: readonly string[], body = 'Hello'): Buffer {
  return Buffer.from(`${header.join('\r\n')}\r\n\r\n${body}\r\n`);
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
  return named(store, account, 'INBOX');
}

export async function named(store: MailStore, account: string, name: string): Promise<Mailbox> {
  const mailbox = await store.mailbox(account, name);
  if (!mailbox) throw new Error(`no ${name}`);
  return mailbox;
}

/** Everything in a mailbox, or the messages named. */
export async function fetchAll(
  store: MailStore,
  account: string,
  mailboxId: number,
  want: FetchWant,
  uids?: readonly number[],
): Promise<FetchedMessage[]> {
  const wanted = uids ?? [...(await store.snapshot(account, mailboxId)).uids];
  return Array.fromAsync(store.fetch(account, mailboxId, wanted, want));
}

/** Everything in a mailbox with its octets. */
export async function readAll(
  store: MailStore,
  account: string,
  mailboxId: number,
): Promise<(FetchedMessage & { text: string })[]> {
  const messages = [];
  for (const message of await fetchAll(store, account, mailboxId, { structure: true, content: true }))
    messages.push({ ...message, text: (await octets(message)).toString('latin1') });
  return messages;
}

export async function octets(message: FetchedMessage, start?: number, end?: number): Promise<Buffer> {
  const chunks = [];
  for await (const chunk of message.bytes?.read(start, end) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Marks messages as deleted and expunges them. */
export async function drop(
  store: MailStore,
  account: string,
  mailboxId: number,
  uids?: readonly number[],
): Promise<number[]> {
  const gone = uids ?? [...(await store.snapshot(account, mailboxId)).uids];
  await store.storeFlags(account, mailboxId, gone, { mode: 'add', flags: ['\\Deleted'] });
  return store.expunge(account, mailboxId, gone);
}
