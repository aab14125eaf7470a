import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { MessageStructure } from '@postroad/message';
import { describeStructure } from '../../describe.ts';
import { newObjectId } from '../../object-id.ts';
import { Tx } from '../write/tx.ts';
import { insertDescription } from '../write/description.ts';
import { summaryOf, threadOf } from '../write/threads.ts';

const HEAD = 256 << 10;

/**
 * Fills what version 2 added to the rows that version 1 left: descriptions are computed of each content once, mails get their
 * account, EMAILID and THREADID in the order in which they came. Messages are rewritten in key order, so scans stay sequential.
 */
export function fillFirstVersion(db: DatabaseSync, directory: string): void {
  const tx = new Tx(db);
  db.exec(`
    UPDATE account SET uid_validity = coalesce((SELECT value FROM counter WHERE name = 'uid_validity'), 0);
    DELETE FROM counter WHERE name = 'uid_validity';
    UPDATE vanished SET at = ${String(Date.now())};
    UPDATE mailbox SET recent_from = uid_next,
      deleted = (SELECT count(*) FROM message m WHERE m.mailbox = mailbox.id AND m.flags & 8),
      deleted_bytes = (SELECT coalesce(sum(size), 0) FROM message m WHERE m.mailbox = mailbox.id AND m.flags & 8)`);
  // whose database the text index was made from
  tx.sql(`INSERT INTO counter VALUES ('store_id', ?)`).run(randomBytes(6).readUIntBE(0, 6));
  for (const { id } of tx.sql('SELECT id FROM mailbox').all() as { id: number }[])
    tx.sql('UPDATE mailbox SET object_id = ? WHERE id = ?').run(newObjectId('F'), id);
  describeContents(tx, directory);
  fillMails(tx);
  db.exec(`
    DROP TABLE mail;
    ALTER TABLE mail_new RENAME TO mail;
    CREATE INDEX mail_content ON mail (content);
    CREATE INDEX mail_email ON mail (email_id);
    CREATE INDEX mail_thread ON mail (thread);
    UPDATE message SET saved_at = date,
      sent = (SELECT s.sent FROM mail p JOIN summary s ON s.content = p.content WHERE p.id = message.mail),
      zone = (SELECT s.zone FROM mail p JOIN summary s ON s.content = p.content WHERE p.id = message.mail)`);
}

function describeContents(tx: Tx, directory: string): void {
  const get = tx.sql('SELECT structure, file, bytes FROM content WHERE id = ?');
  for (const { id } of tx.sql('SELECT id FROM content').all() as { id: number }[]) {
    const row = get.get(id) as { structure: string; file: string | null; bytes: Uint8Array | null };
    const head = row.file === null ? Buffer.from(row.bytes ?? []) : headOf(join(directory, 'content', row.file));
    insertDescription(tx, id, describeStructure(JSON.parse(row.structure) as MessageStructure, head));
  }
}

function headOf(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(HEAD);
    return buffer.subarray(0, readSync(fd, buffer, 0, HEAD, 0));
  } finally {
    closeSync(fd);
  }
}

function fillMails(tx: Tx): void {
  const owner = tx.sql('SELECT b.account FROM message m JOIN mailbox b ON b.id = m.mailbox WHERE m.mail = ? LIMIT 1');
  const insert = tx.sql(
    'INSERT INTO mail_new (id, account, content, email_id, thread, prefix) SELECT id, ?, content, ?, ?, prefix FROM mail WHERE id = ?',
  );
  for (const { id, content } of tx.sql('SELECT id, content FROM mail ORDER BY id').all() as unknown as MailRow[]) {
    // one that waits for the garbage collection belongs to nobody
    const account = (owner.get(id) as { account: number } | undefined)?.account ?? 0;
    const thread = account === 0 ? newObjectId('T') : threadOf(tx, account, summaryOf(tx, content));
    insert.run(account, newObjectId('M'), thread, id);
  }
}

interface MailRow {
  readonly id: number;
  readonly content: number;
}
