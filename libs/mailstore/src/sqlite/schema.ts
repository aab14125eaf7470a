import type { DatabaseSync } from 'node:sqlite';
import { fillFirstVersion } from './migrate/first-version.ts';

/**
 * Forward migrations; `user_version` is how many of them a database has seen. Never edit one that was released.
 *
 * `content` is the octets, once per hash, and never updated (an update would rewrite them); `wire` and `summary` are what was
 * computed of it. `mail` is content behind a prefix in one account: what is served. Its id is never used again. `message` is a
 * mail in a mailbox; COPY makes a second `message` of the same `mail`, EXPUNGE turns it into an `expunged`.
 */
const MIGRATIONS: readonly (readonly [sql: string, fill?: (db: DatabaseSync, directory: string) => void])[] = [
  [
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
  ],
  [
    `
  -- the UIDVALIDITY given out last in this account: one busy account must not take the counter of all ahead of the clock
  ALTER TABLE account ADD COLUMN uid_validity INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE mailbox ADD COLUMN object_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE mailbox ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE mailbox ADD COLUMN deleted_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE mailbox ADD COLUMN recent_from INTEGER NOT NULL DEFAULT 1;
  -- highest MODSEQ of a vanished UID that was forgotten
  ALTER TABLE mailbox ADD COLUMN vanished_floor INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vanished ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX vanished_at ON vanished (at);
  ALTER TABLE message ADD COLUMN saved_at INTEGER NOT NULL DEFAULT 0;
  -- the Date field in UTC, and its zone in minutes; null when there is none
  ALTER TABLE message ADD COLUMN sent INTEGER;
  ALTER TABLE message ADD COLUMN zone INTEGER;
  -- apart from the octets, so that many of them are read without these
  CREATE TABLE wire (
    content INTEGER PRIMARY KEY, version INTEGER NOT NULL, envelope BLOB NOT NULL, body_structure BLOB NOT NULL,
    preview TEXT NOT NULL) STRICT;
  CREATE TABLE summary (
    content INTEGER PRIMARY KEY, sent INTEGER, zone INTEGER, base_subject TEXT NOT NULL, is_reply INTEGER NOT NULL,
    from_key TEXT NOT NULL, to_key TEXT NOT NULL, cc_key TEXT NOT NULL, display_from TEXT NOT NULL, display_to TEXT NOT NULL,
    message_id TEXT, refs TEXT NOT NULL, in_reply_to TEXT NOT NULL, subject TEXT NOT NULL, sender TEXT NOT NULL) STRICT;
  CREATE TABLE mail_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, content INTEGER NOT NULL REFERENCES content,
    email_id TEXT NOT NULL, thread TEXT NOT NULL, prefix BLOB NOT NULL) STRICT;
  -- which thread a Message-ID belongs to, by its hash
  CREATE TABLE thread_key (
    account INTEGER NOT NULL, hash BLOB NOT NULL, thread TEXT NOT NULL, PRIMARY KEY (account, hash)) STRICT, WITHOUT ROWID;
  CREATE TABLE acl (
    mailbox INTEGER NOT NULL, identifier TEXT NOT NULL, rights TEXT NOT NULL,
    PRIMARY KEY (mailbox, identifier)) STRICT, WITHOUT ROWID;
  CREATE INDEX acl_identifier ON acl (identifier);
  -- mailbox 0: of the account itself
  CREATE TABLE annotation (
    account INTEGER NOT NULL, mailbox INTEGER NOT NULL, viewer TEXT NOT NULL, entry TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (account, mailbox, viewer, entry)) STRICT, WITHOUT ROWID;
  CREATE TABLE expunged (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, mailbox TEXT NOT NULL, uid INTEGER NOT NULL,
    mail INTEGER NOT NULL, flags INTEGER NOT NULL, keywords TEXT, date INTEGER NOT NULL, size INTEGER NOT NULL,
    sent INTEGER, zone INTEGER, at INTEGER NOT NULL) STRICT;
  CREATE INDEX expunged_account ON expunged (account, at);
  CREATE INDEX expunged_at ON expunged (at);
  CREATE INDEX expunged_mail ON expunged (mail);
  -- mails that are gone and have to leave the text index
  CREATE TABLE unindex (id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL, mail INTEGER NOT NULL) STRICT;
  `,
    fillFirstVersion,
  ],
];

/** Brings a database to the newest schema; throws when it was written by a newer program. */
export function migrate(db: DatabaseSync, directory: string): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > MIGRATIONS.length)
      throw new Error(
        `the mailbox database has schema ${String(version)}, this program knows ${String(MIGRATIONS.length)}`,
      );
    for (const [sql, fill] of MIGRATIONS.slice(version)) {
      db.exec(sql);
      fill?.(db, directory);
    }
    db.exec(`PRAGMA user_version = ${String(MIGRATIONS.length)}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
