import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseStructure } from '@postroad/message';

/** The schema as the first released program made it. */
const SCHEMA = `
  CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL REFERENCES account, name TEXT NOT NULL,
    special_use TEXT, uid_validity INTEGER NOT NULL, uid_next INTEGER NOT NULL DEFAULT 1,
    modseq INTEGER NOT NULL DEFAULT 1, messages INTEGER NOT NULL DEFAULT 0, unseen INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0, UNIQUE (account, name)) STRICT;
  CREATE TABLE subscription (account INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (account, name)) STRICT, WITHOUT ROWID;
  CREATE TABLE content (
    id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, structure TEXT NOT NULL,
    file TEXT, bytes BLOB) STRICT;
  CREATE TABLE mail (id INTEGER PRIMARY KEY, content INTEGER NOT NULL REFERENCES content, prefix BLOB NOT NULL) STRICT;
  CREATE INDEX mail_content ON mail (content);
  CREATE TABLE message (
    mailbox INTEGER NOT NULL REFERENCES mailbox, uid INTEGER NOT NULL, mail INTEGER NOT NULL REFERENCES mail,
    flags INTEGER NOT NULL, keywords TEXT, modseq INTEGER NOT NULL, date INTEGER NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (mailbox, uid)) STRICT, WITHOUT ROWID;
  CREATE INDEX message_modseq ON message (mailbox, modseq);
  CREATE INDEX message_mail ON message (mail);
  CREATE TABLE vanished (
    mailbox INTEGER NOT NULL, modseq INTEGER NOT NULL, uid INTEGER NOT NULL,
    PRIMARY KEY (mailbox, modseq, uid)) STRICT, WITHOUT ROWID;
  CREATE TABLE delivery (
    queue_id TEXT NOT NULL, account INTEGER NOT NULL, recipient TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (queue_id, account, recipient)) STRICT, WITHOUT ROWID;
  CREATE TABLE garbage (mail INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
  CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
`;

export interface OldMessage {
  readonly content: Buffer;
  readonly prefix: Buffer;
  readonly flags: number;
  readonly keywords: string | null;
  readonly date: number;
}

/**
 * Makes a store as the first version left it: account `old` with INBOX (UIDVALIDITY 1000) and Archive. INBOX has the messages as UIDs 1…,
 * the odd ones with their content in a file; the first is in Archive too; UID 99 vanished; a mail waits for the garbage collection.
 */
export function makeFirstVersion(directory: string, messages: readonly OldMessage[]): void {
  mkdirSync(join(directory, 'content'), { recursive: true });
  const db = new DatabaseSync(join(directory, 'mail.sqlite'));
  db.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; ${SCHEMA}`);
  db.exec(`
    INSERT INTO counter VALUES ('uid_validity', 4000000000);
    INSERT INTO account VALUES (7, 'old');
    INSERT INTO mailbox VALUES (3, 7, 'INBOX', NULL, 1000, 100, 50, 0, 0, 0), (4, 7, 'Archive', '\\Archive', 1001, 2, 5, 0, 0, 0);
    INSERT INTO subscription VALUES (7, 'INBOX'), (7, 'gone');
    INSERT INTO vanished VALUES (3, 40, 99);
    INSERT INTO delivery VALUES ('queue-1', 7, 'b@example.org', 5)`);
  messages.forEach((message, i) => {
    const mail = insertMail(db, directory, message, i % 2 === 1);
    insertMessage(db, 3, i + 1, mail, message);
    if (i === 0) insertMessage(db, 4, 1, mail, message);
  });
  const lost = {
    content: Buffer.from('Subject: lost\r\n\r\n'),
    prefix: Buffer.alloc(0),
    flags: 0,
    keywords: null,
    date: 0,
  };
  db.prepare('INSERT INTO garbage VALUES (?, ?)').run(insertMail(db, directory, lost, false), 1);
  db.close();
}

function insertMail(db: DatabaseSync, directory: string, { content, prefix }: OldMessage, inFile: boolean): number {
  const sha256 = createHash('sha256').update(content).digest();
  const hex = sha256.toString('hex');
  const file = inFile ? `${hex.slice(0, 2)}/${hex}-0123456789abcdef` : null;
  if (file !== null) {
    mkdirSync(join(directory, 'content', hex.slice(0, 2)), { recursive: true });
    writeFileSync(join(directory, 'content', file), content);
  }
  const structure = JSON.stringify(parseStructure(content));
  const bytes = inFile ? null : content;
  const { lastInsertRowid } = db
    .prepare('INSERT INTO content (sha256, size, structure, file, bytes) VALUES (?, ?, ?, ?, ?)')
    .run(sha256, content.length, structure, file, bytes);
  return Number(
    db.prepare('INSERT INTO mail (content, prefix) VALUES (?, ?)').run(lastInsertRowid, prefix).lastInsertRowid,
  );
}

function insertMessage(db: DatabaseSync, mailbox: number, uid: number, mail: number, message: OldMessage): void {
  const { flags, keywords, date } = message;
  const size = message.prefix.length + message.content.length;
  db.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
    mailbox,
    uid,
    mail,
    flags,
    keywords,
    uid + 1,
    date,
    size,
  );
  const unseen = flags & 1 ? 0 : 1;
  db.prepare('UPDATE mailbox SET messages = messages + 1, unseen = unseen + ?, bytes = bytes + ? WHERE id = ?').run(
    unseen,
    size,
    mailbox,
  );
}
