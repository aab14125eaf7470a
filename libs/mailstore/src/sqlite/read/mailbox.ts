import { SEEN, unpackFlags } from '../../flags.ts';
import type { MailboxChanges, MailboxSnapshot, MessageState } from '../../types.ts';
import type { MailboxRequest } from '../protocol.ts';
import type { Reader } from './reader.ts';

export function snapshot(reader: Reader, request: MailboxRequest): MailboxSnapshot {
  const mailbox = reader.mailboxById(reader.account(request.account), request.mailbox);
  const select = reader.arrays('SELECT uid, flags, keywords FROM message WHERE mailbox = ? ORDER BY uid');
  const rows = select.all(mailbox.id) as unknown as [uid: number, bits: number, keywords: string | null][];
  const uids = new Uint32Array(rows.length);
  const keywords = new Map<string, string>();
  let firstUnseen = 0;
  let lastWords: string | null = null;
  rows.forEach(([uid, bits, words], i) => {
    uids[i] = uid;
    if (firstUnseen === 0 && !(bits & SEEN)) firstUnseen = i + 1;
    if (words === null || words === lastWords) return;
    lastWords = words;
    for (const word of words.split(' ')) if (!keywords.has(word.toLowerCase())) keywords.set(word.toLowerCase(), word);
  });
  return { mailbox, uids, firstUnseen, keywords: [...keywords.values()] };
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
