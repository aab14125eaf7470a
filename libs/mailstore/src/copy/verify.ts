import { createHash } from 'node:crypto';
import type { MailStore } from '../types/store.ts';
import type { MailboxDump, MessageDump } from '../types/transfer.ts';

const PAGE = 500;

interface Where {
  readonly accountId: string;
  readonly mailbox: MailboxDump;
}

/** Compares one mailbox of two stores; resolves to how many messages were the same. @throws Error that names the first difference */
export async function verifyMailbox(
  from: MailStore,
  to: MailStore,
  { accountId, mailbox }: Where,
  how: 'full' | 'rows',
): Promise<number> {
  const fail = (what: string): never => {
    throw new Error(`${mailbox.name} of ${accountId} is not the same in the target: ${what}`);
  };
  const copy = await to.mailbox(accountId, mailbox.name);
  if (copy?.uidValidity !== mailbox.uidValidity || copy.uidNext !== mailbox.uidNext)
    fail(`UIDVALIDITY ${String(copy?.uidValidity)}, UIDNEXT ${String(copy?.uidNext)}`);
  let count = 0;
  for (let after = 0; ;) {
    const [ours, theirs] = await Promise.all([
      from.transfer.dumpMessages(accountId, mailbox.name, after, PAGE),
      to.transfer.dumpMessages(accountId, mailbox.name, after, PAGE),
    ]);
    if (ours.length !== theirs.length)
      fail(`${String(theirs.length)} messages after UID ${String(after)}, not ${String(ours.length)}`);
    for (const [i, one] of ours.entries()) {
      const other = theirs[i];
      if (!other || describe(one) !== describe(other)) fail(`UID ${String(one.uid)}`);
      else if (how === 'full' && (await hashOf(other)) !== one.sha256) fail(`the content of UID ${String(one.uid)}`);
      count++;
    }
    const last = ours.at(-1);
    if (!last) return count;
    after = last.uid;
  }
}

function describe(message: MessageDump): string {
  const { uid, flags, modseq, internalDate, savedAt, emailId, threadId, prefix, sha256, size } = message;
  const octets = Buffer.from(prefix).toString('base64');
  return JSON.stringify([
    uid,
    [...flags].sort(),
    modseq,
    internalDate,
    savedAt,
    emailId,
    threadId,
    octets,
    sha256,
    size,
  ]);
}

async function hashOf(message: MessageDump): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of message.read()) hash.update(chunk);
  return hash.digest('hex');
}
