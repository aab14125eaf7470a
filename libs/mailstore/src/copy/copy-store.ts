import type { MailStore } from '../types/store.ts';
import type { AccountDump, DeliveryKey, MailboxDump } from '../types/transfer.ts';
import { verifyMailbox } from './verify.ts';

/** Messages read and written at once: their contents are in memory meanwhile only as far as the adapters hold them. */
const PAGE = 200;

export interface CopyProgress {
  readonly accountId: string;
  readonly mailbox: string;
  /** Messages copied or found there, of all that the source has. */
  readonly done: number;
  readonly total: number;
  readonly phase: 'copying' | 'verifying';
}

export interface CopyReport {
  readonly accounts: number;
  readonly mailboxes: number;
  /** Written now; what was there from a copy that was cut is not counted. */
  readonly copied: number;
  readonly verified: number;
  readonly deliveries: number;
}

export interface CopyOptions {
  /** `full` reads every content back and hashes it; `rows` compares what the two stores say. Default `full`. */
  readonly verify?: 'full' | 'rows';
  readonly progress?: (progress: CopyProgress) => void;
}

/**
 * Copies everything from one store to another, of either kind: UIDs, UIDVALIDITY, MODSEQ, flags, dates, ids, ACLs, annotations,
 * subscriptions and delivery keys stay as they are, so that clients notice nothing. What a copy that was cut has written is left alone. Nobody may
 * use either store meanwhile. @throws Error at the first thing that is not the same afterwards
 */
export async function copyStore(from: MailStore, to: MailStore, options: CopyOptions = {}): Promise<CopyReport> {
  const accounts = await from.transfer.accounts();
  const dumps = await Promise.all(accounts.map((accountId) => from.transfer.dumpAccount(accountId)));
  const total = dumps.reduce((sum, { mailboxes }) => sum + mailboxes.reduce((n, { messages }) => n + messages, 0), 0);
  const report = { accounts: 0, mailboxes: 0, copied: 0, verified: 0, deliveries: 0 };
  // first, so that a delivery that was made is never made again, wherever this is cut
  report.deliveries = await copyDeliveries(from, to);
  const tell = (phase: CopyProgress['phase'], accountId: string, mailbox: string, done: number): void => {
    options.progress?.({ accountId, mailbox, done, total, phase });
  };
  let done = 0;
  for (const dump of dumps) {
    await to.transfer.loadAccount(dump);
    for (const mailbox of dump.mailboxes) {
      const before = done;
      report.copied += await copyMailbox(from, to, dump, mailbox, (n) => {
        tell('copying', dump.accountId, mailbox.name, before + n);
      });
      done += mailbox.messages;
      report.mailboxes++;
    }
    report.accounts++;
  }
  for (const dump of dumps)
    for (const mailbox of dump.mailboxes) {
      const where = { accountId: dump.accountId, mailbox };
      report.verified += await verifyMailbox(from, to, where, options.verify ?? 'full');
      tell('verifying', dump.accountId, mailbox.name, report.verified);
    }
  return report;
}

async function copyMailbox(
  from: MailStore,
  to: MailStore,
  { accountId }: AccountDump,
  { name }: MailboxDump,
  tell: (done: number) => void,
): Promise<number> {
  const target = await to.mailbox(accountId, name);
  if (!target) throw new Error(`${name} of ${accountId} was not made in the target`);
  const { uids } = await to.snapshot(accountId, target.id);
  // messages are loaded in the order of their UIDs: the last one there tells how far a copy before this one came
  let after = uids.at(-1) ?? 0;
  let copied = 0;
  for (;;) {
    const page = await from.transfer.dumpMessages(accountId, name, after, PAGE);
    const last = page.at(-1);
    if (!last) return copied;
    await to.transfer.loadMessages(accountId, name, page);
    copied += page.length;
    after = last.uid;
    tell(uids.length + copied);
  }
}

async function copyDeliveries(from: MailStore, to: MailStore): Promise<number> {
  let count = 0;
  let after: DeliveryKey | null = null;
  for (;;) {
    const page: DeliveryKey[] = await from.transfer.dumpDeliveries(after, 1000);
    const last = page.at(-1);
    if (!last) return count;
    await to.transfer.loadDeliveries(page);
    count += page.length;
    after = last;
  }
}
