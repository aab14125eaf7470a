import type { Tx } from './tx.ts';

/** Mails looked at in one transaction, so that deliveries get their turn. */
const STEP = 500;

export interface GarbageStep {
  /** Octets of content given back. */
  readonly bytes: number;
  readonly more: boolean;
}

/** Removes mails without a message and contents without a mail; their files go after the commit. */
export function collectGarbage(tx: Tx): GarbageStep {
  const candidates = tx.sql('SELECT mail FROM garbage LIMIT ?').all(STEP) as unknown as { mail: number }[];
  let bytes = 0;
  for (const { mail } of candidates) {
    tx.sql('DELETE FROM garbage WHERE mail = ?').run(mail);
    if (tx.sql('SELECT 1 FROM message WHERE mail = ?').get(mail)) continue;
    const row = tx.sql('DELETE FROM mail WHERE id = ? RETURNING content').get(mail) as { content: number } | undefined;
    if (!row || tx.sql('SELECT 1 FROM mail WHERE content = ?').get(row.content)) continue;
    const content = tx.sql('DELETE FROM content WHERE id = ? RETURNING size, file').get(row.content) as
      { size: number; file: string | null } | undefined;
    bytes += content?.size ?? 0;
    if (content?.file) tx.looseFiles.push(content.file);
  }
  return { bytes, more: candidates.length === STEP };
}

/** Of some content files, those no row refers to. */
export function unreferencedFiles(tx: Tx, files: readonly string[]): string[] {
  return files.filter((file) => {
    const sha256 = Buffer.from(file.slice(3, 67), 'hex');
    const row = tx.sql('SELECT file FROM content WHERE sha256 = ?').get(sha256) as { file: string | null } | undefined;
    return row?.file !== file;
  });
}
