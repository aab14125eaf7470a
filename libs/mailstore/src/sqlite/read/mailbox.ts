import { SEEN, unpackFlags } from '../../flags.ts';
import type { Mailbox, MailboxChanges, MailboxSnapshot, MessageState } from '../../types.ts';
import type { MailboxRequest } from '../protocol.ts';
import type { Reader } from './reader.ts';

export function snapshot(reader: Reader, request: MailboxRequest): MailboxSnapshot {
  const mailbox = reader.mailboxById(reader.account(request.account), request.mailbox);
  const uids = uidsOf(reader, mailbox);
  return { mailbox, uids, firstUnseen: firstUnseen(reader, mailbox, uids), keywords: keywordsOf(reader, mailbox) };
}

/** A mailbox out of which nothing was ever taken is not even read; another one comes as one text, which is cheaper than many rows. */
function uidsOf(reader: Reader, { id, messages }: Mailbox): Uint32Array {
  if (messages === 0) return new Uint32Array(0);
  const bound = (which: string): number =>
    (reader.arrays(`SELECT ${which}(uid) FROM message WHERE mailbox = ?`).get(id) as unknown as [number])[0];
  const [first, last] = [bound('min'), bound('max')];
  if (last - first + 1 === messages) return Uint32Array.from({ length: messages }, (_, i) => first + i);
  const select = reader.arrays(
    'SELECT json_group_array(uid) FROM (SELECT uid FROM message WHERE mailbox = ? ORDER BY uid)',
  );
  const [json] = select.get(id) as unknown as [string];
  return Uint32Array.from(JSON.parse(json) as number[]);
}

function firstUnseen(reader: Reader, { id, unseen }: Mailbox, uids: Uint32Array): number {
  if (unseen === 0) return 0;
  const select = reader.arrays(
    `SELECT uid FROM message WHERE mailbox = ? AND flags & ${String(SEEN)} = 0 ORDER BY uid LIMIT 1`,
  );
  const row = select.get(id) as unknown as [number] | undefined;
  return row ? uids.indexOf(row[0]) + 1 : 0;
}

/** Mailboxes whose keywords are remembered. */
const MAX_REMEMBERED = 1000;

interface Keywords {
  readonly modseq: number;
  readonly words: ReadonlyMap<string, string>;
}

const remembered = new Map<number, Keywords>();

/** Keywords in use, or in use a while ago: only what changed since the last time is looked at. */
function keywordsOf(reader: Reader, { id, highestModseq }: Mailbox): string[] {
  const known = remembered.get(id);
  if (known?.modseq === highestModseq) return [...known.words.values()];
  const lists = reader
    .arrays('SELECT DISTINCT keywords FROM message WHERE mailbox = ? AND modseq > ? AND keywords IS NOT NULL')
    .all(id, known?.modseq ?? 0) as unknown as [string][];
  const words = new Map(known?.words);
  for (const [list] of lists)
    for (const word of list.split(' ')) if (!words.has(word.toLowerCase())) words.set(word.toLowerCase(), word);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(id, { modseq: highestModseq, words });
  return [...words.values()];
}

export function changesSince(reader: Reader, request: MailboxRequest): MailboxChanges {
  const mailbox = reader.mailboxById(reader.account(request.account), request.mailbox);
  const since = request.modseq ?? 0;
  if (since >= mailbox.highestModseq) return { mailbox, messages: [], vanished: [], complete: true };
  const changed = reader
    .arrays('SELECT uid, flags, keywords, modseq FROM message WHERE mailbox = ? AND modseq > ?')
    .all(mailbox.id, since) as unknown as [number, number, string | null, number][];
  const gone = reader
    .arrays('SELECT uid FROM vanished WHERE mailbox = ? AND modseq > ?')
    .all(mailbox.id, since) as unknown as [number][];
  const messages: MessageState[] = changed
    .map(([uid, bits, keywords, modseq]) => ({ uid, flags: unpackFlags(bits, keywords), modseq }))
    .sort((a, b) => a.uid - b.uid);
  const vanished = gone.map(([uid]) => uid).sort((a, b) => a - b);
  return { mailbox, messages, vanished, complete: since >= reader.vanishedFloor(mailbox.id) };
}
