import type { Envelope, QueueId } from '@postroad/mail';

/** Where a message came in. No secret, subject or body: this goes into events. */
export interface SpoolOrigin {
  /** `submission` (msa), `mx` (mta/mx), `dsn`, `expansion` (forwards, redirects), `vacation`. */
  readonly kind: 'submission' | 'mx' | 'dsn' | 'expansion' | 'vacation';
  /** Client address without port, when a client sent it. */
  readonly clientAddress?: string;
  /** What the client called itself in EHLO. */
  readonly helo?: string;
  /** Id of the authenticated account. */
  readonly accountId?: string;
  /** Queue id of the message this one was made from. */
  readonly parent?: QueueId;
}

/** What is fixed about a message when it is accepted (DESIGN §3.2). JSON on the bus, in front of the inline content. */
export interface SpoolHead {
  readonly v: 1;
  readonly queueId: QueueId;
  readonly envelope: Envelope;
  readonly origin: SpoolOrigin;
  /** Trace fields added by the accepting agent (Received …), each line ended by CRLF; served in front of the content. */
  readonly prefix: string;
  /** Octets of the content, without the prefix. */
  readonly size: number;
  /** SHA-256 of the content, hex. */
  readonly sha256: string;
  /** Number of chunks published before the head; 0 when the content rides inside the head. */
  readonly chunks: number;
  /** RFC 3339, UTC. */
  readonly receivedAt: string;
  /** Message-ID header without angle brackets, cut to 255 characters; absent when there is none. */
  readonly messageId?: string;
  /** W3C trace context; taken from a client only in an authenticated session. */
  readonly traceparent?: string;
  /** Whether any octet of the content is above 127 (RFC 6152), found while it was written. */
  readonly eightBit: boolean;
}

/** One message being written. Exactly one of `commit` and `abort` ends it. */
export interface SpoolWrite {
  readonly queueId: QueueId;
  /** Resolves when the writer has room again (the process byte budget, DESIGN §3.2): await it before reading the socket on. */
  write(chunk: Uint8Array): Promise<void>;
  /** Publishes the head: when this resolves the message survives power loss and may be answered 250. */
  commit(fields: SpoolCommit): Promise<SpoolHead>;
  /** Gives back the budget; chunks already published are left for the finisher. */
  abort(): Promise<void>;
}

export type SpoolCommit = Pick<SpoolHead, 'envelope' | 'origin' | 'prefix'> &
  Partial<Pick<SpoolHead, 'messageId' | 'traceparent'>>;

/** A stored message, opened for reading. */
export interface SpoolMessage {
  readonly head: SpoolHead;
  /** Content, when it rides inside the head; otherwise null and only `stream` gives it. */
  readonly inline: Uint8Array | null;
  /** The content in order; throws {@link SpoolCorrupt} at the end when the hash differs, before that when a chunk is missing. */
  stream(): AsyncIterable<Uint8Array>;
}

export interface Spool {
  /** A new message. `queueId` is given only for derived messages (DSNs, forwards), whose id must be the same on every try. */
  open(queueId?: QueueId): SpoolWrite;
  /** Opens a message by id; null only when the leader confirms that it is not there. */
  read(queueId: QueueId): Promise<SpoolMessage | null>;
  /** A head at hand that the same process will soon read by its id (the router's, for the relay). */
  remember?(queueId: QueueId, head: Uint8Array): void;
  /** False above the high-water mark: answer 452 4.3.1 at MAIL (DESIGN §3, being full). Cheap: refreshed in the background. */
  admits(): boolean;
}

/** The broker cannot take the message for now: 451 4.3.0. */
export class SpoolUnavailable extends Error {
  readonly code = 'SPOOL_UNAVAILABLE';
}
/** The spool is at its limit: 452 4.3.1. */
export class SpoolFull extends Error {
  readonly code = 'SPOOL_FULL';
}
/** What was read is not what was written; the reader holds the record and raises an alarm. */
export class SpoolCorrupt extends Error {
  readonly code = 'SPOOL_CORRUPT';
}
