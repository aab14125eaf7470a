import { applyFlags, DELETED, packFlags, SEEN, unpackFlags } from '../../flags.ts';
import type { FlaggedMessage, FlagResult } from '../../types.ts';
import type { FlagsRequest } from '../protocol.ts';
import { messagesOf } from './rows.ts';
import type { Tx } from './tx.ts';

export function storeFlags(tx: Tx, request: FlagsRequest): FlagResult {
  const mailbox = tx.mailbox(tx.account(request.account), request.mailbox);
  const { mode, flags: given, unchangedSince } = request.change;
  const change = packFlags(given);
  const update = tx.sql('UPDATE message SET flags = ?, keywords = ?, modseq = ? WHERE mailbox = ? AND uid = ?');
  const messages: FlaggedMessage[] = [];
  const refused: number[] = [];
  const modseq = mailbox.modseq + 1;
  let [changed, unseen, deleted, deletedBytes] = [0, 0, 0, 0];
  for (const row of messagesOf(tx, mailbox.id, request.uids)) {
    if (unchangedSince !== undefined && row.modseq > unchangedSince) {
      refused.push(row.uid);
      continue;
    }
    const next = applyFlags(row, mode, change);
    const flags = unpackFlags(next.bits, next.keywords);
    if (next.bits === row.bits && next.keywords === row.keywords) {
      messages.push({ uid: row.uid, flags, modseq: row.modseq, previousModseq: row.modseq });
      continue;
    }
    update.run(next.bits, next.keywords, modseq, mailbox.id, row.uid);
    const marked = (next.bits & DELETED) / DELETED - (row.bits & DELETED) / DELETED;
    unseen += (row.bits & SEEN) - (next.bits & SEEN);
    deleted += marked;
    deletedBytes += marked * row.size;
    changed++;
    messages.push({ uid: row.uid, flags, modseq, previousModseq: row.modseq });
  }
  if (changed > 0)
    tx.sql(
      `UPDATE mailbox SET modseq = ?, unseen = unseen + ?, deleted = deleted + ?, deleted_bytes = deleted_bytes + ?
       WHERE id = ?`,
    ).run(modseq, unseen, deleted, deletedBytes, mailbox.id);
  return { messages, refused };
}
