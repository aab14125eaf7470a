/** One forward step; never edit one that was released. */
interface Migration {
  readonly sql: string;
  /** Programs that know fewer steps than this cannot work on the result. */
  readonly minReader: number;
}

/**
 * `content` is the octets of a message, once per hash; what is large is an `object` elsewhere. `mail` is content behind a
 * prefix, in one account: what is served. `message` is a mail in a mailbox; COPY makes a second `message` of the same `mail`.
 * Times are ms since the epoch. There are no foreign keys: what refers to what is kept true by the locks (see locks.ts, garbage.ts),
 * and their checks would cost a lookup per row.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    minReader: 1,
    sql: `
  CREATE TABLE schema_version (version int PRIMARY KEY, min_reader int NOT NULL, at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE counter (name text PRIMARY KEY, value bigint NOT NULL);

  CREATE TABLE account (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
  CREATE TABLE subscription (account bigint, name text COLLATE "C", PRIMARY KEY (account, name));
  CREATE TABLE mailbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account bigint NOT NULL, name text COLLATE "C" NOT NULL,
    object_id text COLLATE "C" NOT NULL, special_use text, uid_validity bigint NOT NULL, uid_next bigint NOT NULL DEFAULT 1,
    modseq bigint NOT NULL DEFAULT 1, recent_from bigint NOT NULL DEFAULT 1, messages bigint NOT NULL DEFAULT 0,
    unseen bigint NOT NULL DEFAULT 0, bytes bigint NOT NULL DEFAULT 0, deleted bigint NOT NULL DEFAULT 0,
    deleted_bytes bigint NOT NULL DEFAULT 0, vanished_floor bigint NOT NULL DEFAULT 0, UNIQUE (account, name))
    WITH (fillfactor = 50);
  CREATE TABLE acl (mailbox bigint, identifier text COLLATE "C", rights text NOT NULL, PRIMARY KEY (mailbox, identifier));
  CREATE INDEX acl_identifier ON acl (identifier);
  CREATE TABLE annotation (
    account bigint, mailbox bigint, viewer text COLLATE "C", entry text COLLATE "C", value bytea NOT NULL,
    PRIMARY KEY (account, mailbox, viewer, entry));

  CREATE TABLE object (key text COLLATE "C" PRIMARY KEY, state smallint NOT NULL, at bigint NOT NULL);
  CREATE INDEX object_state ON object (state, at) WHERE state <> 1;
  CREATE TABLE object_chunk (key text COLLATE "C", n int, bytes bytea NOT NULL, PRIMARY KEY (key, n));
  ALTER TABLE object_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;
  CREATE TABLE content (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sha256 bytea NOT NULL UNIQUE, size bigint NOT NULL, bytes bytea,
    object text COLLATE "C", structure text NOT NULL, envelope bytea NOT NULL, body_structure bytea NOT NULL,
    wire_version int NOT NULL, preview text NOT NULL, sent bigint, sent_day bigint, is_reply boolean NOT NULL, message_id text,
    refs text NOT NULL, related bigint[] NOT NULL, subject text NOT NULL, sender text NOT NULL, sort_subject text COLLATE "C" NOT NULL,
    sort_from text COLLATE "C" NOT NULL, sort_to text COLLATE "C" NOT NULL, sort_cc text COLLATE "C" NOT NULL,
    sort_displayfrom text COLLATE "C" NOT NULL, sort_displayto text COLLATE "C" NOT NULL);
  CREATE TABLE mail (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account bigint NOT NULL, content bigint NOT NULL, prefix bytea NOT NULL,
    email_id text COLLATE "C" NOT NULL, thread_id text COLLATE "C" NOT NULL);
  CREATE INDEX mail_content ON mail (content);
  CREATE INDEX mail_email ON mail (email_id);
  CREATE INDEX mail_thread ON mail (thread_id);
  CREATE TABLE thread (account bigint, related bigint, thread_id text COLLATE "C" NOT NULL, PRIMARY KEY (account, related));

  CREATE TABLE message (
    mailbox bigint, uid bigint, mail bigint NOT NULL, flags smallint NOT NULL, keywords text, modseq bigint NOT NULL,
    date bigint NOT NULL, saved bigint NOT NULL, size bigint NOT NULL, PRIMARY KEY (mailbox, uid)) WITH (fillfactor = 90);
  CREATE INDEX message_modseq ON message (mailbox, modseq);
  CREATE INDEX message_mail ON message (mail, mailbox);
  CREATE TABLE vanished (mailbox bigint, modseq bigint, uid bigint, at bigint NOT NULL, PRIMARY KEY (mailbox, modseq, uid));
  CREATE INDEX vanished_at ON vanished (at);
  CREATE TABLE expunged (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account bigint NOT NULL, mailbox text COLLATE "C" NOT NULL,
    uid bigint NOT NULL, mail bigint NOT NULL, flags smallint NOT NULL, keywords text, date bigint NOT NULL, size bigint NOT NULL,
    at bigint NOT NULL);
  CREATE INDEX expunged_account ON expunged (account, at);
  CREATE INDEX expunged_at ON expunged (at);
  CREATE INDEX expunged_mail ON expunged (mail);
  CREATE TABLE delivery (queue_id text COLLATE "C", account bigint, recipient text COLLATE "C", at bigint NOT NULL,
    PRIMARY KEY (queue_id, account, recipient));
  CREATE INDEX delivery_at ON delivery (at);
  CREATE TABLE garbage (mail bigint PRIMARY KEY);

  CREATE TABLE index_queue (mail bigint PRIMARY KEY, claimed bigint NOT NULL DEFAULT 0);
  CREATE INDEX index_queue_claimed ON index_queue (claimed, mail);
  CREATE TABLE message_text (account bigint, mail bigint, part smallint, n int, text text COLLATE "C" NOT NULL,
    PRIMARY KEY (mail, part, n));
  CREATE INDEX message_text_trigrams ON message_text USING gin (account, text gin_trgm_ops)
    WITH (gin_pending_list_limit = 512);
  DO $$ BEGIN ALTER TABLE message_text ALTER COLUMN text SET COMPRESSION lz4;
  EXCEPTION WHEN feature_not_supported THEN NULL; END $$;
  `,
  },
];
