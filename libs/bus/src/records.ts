import type { Address, EnvelopeRecipient, QueueId, RecipientStatus, ReversePath } from '@postroad/mail';

/** A recipient as records carry it on; `accountId` is set when it is one of ours. */
export interface RecordRecipient extends EnvelopeRecipient {
  readonly accountId?: string;
  /** Canonical address it is delivered under (local ones): the key of "delivered already". */
  readonly finalRecipient?: string;
  /** Detail of a local address (`user+detail`, RFC 5233). */
  readonly detail?: string;
}

/** Work for the MDA: local recipients of one message (stream DELIVER). */
export interface DeliverRecord {
  readonly v: 1;
  readonly queueId: QueueId;
  readonly reversePath: ReversePath;
  readonly recipients: readonly RecordRecipient[];
  /** Trace fields added after the spool, served in front of the head's own prefix. */
  readonly prefix: string;
  readonly traceparent?: string;
}

/**
 * ready → attempting → done | deferred | held; deferred → attempting (DESIGN §3.5). Each arrow is one compare-and-set
 * publish. `done` is final and stays until the head is gone. A fresh record may also be made `attempting` at once, for the relay that
 * offered to take it ({@link isGranted}).
 */
export type QueueState = 'ready' | 'attempting' | 'deferred' | 'held' | 'done';

/** One message to one destination, at most 100 recipients (stream QUEUE). */
export interface QueueRecord {
  readonly v: 1;
  readonly queueId: QueueId;
  /** `smtp`: the relay's. `local`: a delivery of the MDA that failed for a time; `domain` is then `=local`, which no DNS name can be. */
  readonly transport: 'smtp' | 'local';
  /** Destination domain, lower-case A-label, or address literal. */
  readonly domain: string;
  readonly part: string;
  /** Source pool whose relays send it, also part of its subject; absent: `default`. */
  readonly pool?: string;
  readonly reversePath: ReversePath;
  /** Those still to be tried; a recipient leaves this list when its fate is known. */
  readonly recipients: readonly RecordRecipient[];
  /** Everybody the record was created for (`local@domain`): who is named here needs no second record. */
  readonly covers: readonly string[];
  readonly prefix: string;
  readonly state: QueueState;
  /** Attempts begun so far; one under a grant counts when its outcome is written. */
  readonly attempts: number;
  /** When the next attempt is due; ms since the epoch (UTC). */
  readonly dueAt: number;
  /** When the message entered the queue, and when it is given up; ms since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Fencing epoch and time of the claim, while `attempting`. */
  readonly claim?: { readonly epoch: number; readonly since: number };
  /** What the last attempt ended with. */
  readonly lastStatus?: RecipientStatus;
  /** A notification of delay was sent (once per message and destination). */
  readonly delayNotified?: boolean;
  /** Why it is held. */
  readonly heldBecause?: string;
  /** Ids of its moves between pools, the last one last: a move that is repeated knows by them whether it has arrived. */
  readonly moves?: readonly string[];
  /** On its way to another pool (`moveToPool`): what it shall be there. Held until it stands there, then `done`. */
  readonly moving?: {
    readonly to: string;
    readonly state: 'ready' | 'deferred' | 'held';
    readonly heldBecause?: string;
  };
  readonly traceparent?: string;
}

/** At most so many recipients stand in one record (RFC 5321 §4.5.3.1.8 makes every server take 100). */
export const RECIPIENTS_PER_RECORD = 100;

/**
 * Claimed by the router for a relay that offered (ADR 0039): nothing need have begun. Once it has, the record looks the same until its
 * outcome is written, so for anybody but that relay it is under attempt.
 */
export const isGranted = ({ state, attempts }: Pick<QueueRecord, 'state' | 'attempts'>): boolean =>
  state === 'attempting' && attempts === 0;

/** A granted record as it would be without the grant. */
export function withoutGrant({ claim: _claim, ...rest }: QueueRecord): QueueRecord {
  return { ...rest, state: 'ready' };
}

/** The states from which nothing follows. */
export const isFinal = (state: QueueState): boolean => state === 'done';

/** `local@domain` for logs, events and keys; not for the wire. */
export const plainAddress = (address: Address): string => `${address.localPart}@${address.domain}`;
