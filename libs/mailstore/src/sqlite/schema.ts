import type { DatabaseSync } from 'node:sqlite';

/**
 * Forward migrations; `user_version` is how many of them a database has seen. Never edit one that was released.
 *
 * `content` is the octets, once per hash, and never updated (an update would rewrite them). `mail` is content behind a
 * prefix: what is served. `message` is a mail in a mailbox; COPY makes a second `message` of the same `mail`.
 */
const MIGRATIONS: readonly string[] = [
  `
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
  `,
];

/** Brings a database to the newest schema; throws when it was written by a newer program. */
export function migrate(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > MIGRATIONS.length)
      throw new Error(
        `the mailbox database has schema ${String(version)}, this program knows ${String(MIGRATIONS.length)}`,
      );
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${String(MIGRATIONS.length)}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
