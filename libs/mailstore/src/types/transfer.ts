import type { AclEntry, Annotation } from './sharing.ts';
import type { SpecialUse } from './mailbox.ts';

/** An account without its messages, as one store hands it to another. */
export interface AccountDump {
  readonly accountId: string;
  readonly subscriptions: readonly string[];
  /** Of the account itself (RFC 5464 server entries). */
  readonly annotations: readonly Annotation[];
  readonly mailboxes: readonly MailboxDump[];
}

export interface MailboxDump {
  readonly name: string;
  readonly objectId: string;
  readonly specialUse: SpecialUse | null;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly recentFrom: number;
  readonly messages: number;
  readonly acl: readonly AclEntry[];
  readonly annotations: readonly Annotation[];
}

/** One message with all a client could remember of it. */
export interface MessageDump {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly modseq: number;
  readonly internalDate: number;
  readonly savedAt: number;
  readonly emailId: string;
  readonly threadId: string;
  readonly prefix: Uint8Array;
  /** Of the content, 64 hex digits. */
  readonly sha256: string;
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

/** A key that makes a second delivery a duplicate. */
export interface DeliveryKey {
  readonly accountId: string;
  readonly queueId: string;
  readonly finalRecipient: string;
  readonly at: number;
}

/**
 * What `postroad store copy` needs of either adapter. Loading is idempotent: what is there already is left alone, so a copy that
 * was cut goes on where it stopped. Nobody else may write to the target meanwhile. Vanished UIDs are not copied: the target answers
 * `changesSince` of older MODSEQs with `complete: false`.
 */
export interface StoreTransfer {
  accounts(): Promise<string[]>;
  dumpAccount(accountId: string): Promise<AccountDump>;
  /** At most `limit` messages above `afterUid`, ascending. */
  dumpMessages(accountId: string, mailbox: string, afterUid: number, limit: number): Promise<MessageDump[]>;
  /** A page of delivery keys; pass the last one of the page before. */
  dumpDeliveries(after: DeliveryKey | null, limit: number): Promise<DeliveryKey[]>;
  loadAccount(account: AccountDump): Promise<void>;
  loadMessages(accountId: string, mailbox: string, messages: readonly MessageDump[]): Promise<void>;
  loadDeliveries(keys: readonly DeliveryKey[]): Promise<void>;
}
