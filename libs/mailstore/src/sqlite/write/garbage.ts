import { forgetThread, summaryOf } from './threads.ts';
import type { Tx } from './tx.ts';

/** Mails looked at in one transaction, so that deliveries get their turn. */
const STEP = 500;
/** Pages given back to the file system with one step (4 KiB each). */
const VACUUM_PAGES = 512;

export interface GarbageStep {
  /** Octets of content given back. */
  readonly bytes: number;
  readonly more: boolean;
}

/**
 * Removes mails that no message and nothing restorable refers to, and contents without a mail; their files go after the commit.
 * `unindexed` is up to where the text index has forgotten mails that are gone.
 */
export function collectGarbage(tx: Tx, unindexed: number): GarbageStep {
  tx.sql('DELETE FROM unindex WHERE id <= ?').run(unindexed);
  const candidates = tx.sql('SELECT mail FROM garbage LIMIT ?').all(STEP) as unknown as { mail: number }[];
  let bytes = 0;
  for (const { mail } of candidates) {
    tx.sql('DELETE FROM garbage WHERE mail = ?').run(mail);
    if (tx.sql('SELECT 1 FROM message WHERE mail = ?').get(mail)) continue;
    if (tx.sql('SELECT 1 FROM expunged WHERE mail = ?').get(mail)) continue;
    bytes += removeMail(tx, mail);
  }
  return { bytes, more: candidates.length === STEP };
}

interface MailRow {
  readonly account: number;
  readonly content: number;
  readonly thread: string;
}

function removeMail(tx: Tx, mail: number): number {
  const row = tx.sql('DELETE FROM mail WHERE id = ? RETURNING account, content, thread').get(mail) as
    MailRow | undefined;
  if (!row) return 0;
  const { account, content, thread } = row;
  tx.sql('INSERT INTO unindex (account, mail) VALUES (?, ?)').run(account, mail);
  if (!tx.sql('SELECT 1 FROM mail WHERE thread = ?').get(thread)) forgetThread(tx, account, summaryOf(tx, content));
  if (tx.sql('SELECT 1 FROM mail WHERE content = ?').get(content)) return 0;
  for (const table of ['wire', 'summary']) tx.sql(`DELETE FROM ${table} WHERE content = ?`).run(content);
  const gone = tx.sql('DELETE FROM content WHERE id = ? RETURNING size, file').get(content) as
    { size: number; file: string | null } | undefined;
  if (gone?.file) tx.looseFiles.push(gone.file);
  return gone?.size ?? 0;
}

/** Gives free pages back to the file system, a bounded number; resolves to whether there are more. */
export function vacuum(tx: Tx): boolean {
  const pages = (): number => (tx.sql('PRAGMA freelist_count').get() as { freelist_count: number }).freelist_count;
  const before = pages();
  if (before === 0) return false;
  tx.db.exec(`PRAGMA incremental_vacuum(${String(VACUUM_PAGES)})`);
  const after = pages();
  return after > 0 && after < before;
}

/** Of some content files, those no row refers to. */
export function unreferencedFiles(tx: Tx, files: readonly string[]): string[] {
  return files.filter((file) => {
    const sha256 = Buffer.from(file.slice(3, 67), 'hex');
    const row = tx.sql('SELECT file FROM content WHERE sha256 = ?').get(sha256) as { file: string | null } | undefined;
    return row?.file !== file;
  });
}
