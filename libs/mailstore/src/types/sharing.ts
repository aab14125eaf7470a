import type { Mailbox } from './mailbox.ts';

/**
 * One line of an access control list (RFC 4314). `identifier` is an account id, `anyone`, or either with a leading `-` for
 * rights taken away. `rights` are the letters `lrswipkxtea` in this order.
 */
export interface AclEntry {
  readonly identifier: string;
  readonly rights: string;
}

/** A mailbox of another account that somebody was given rights on. */
export interface SharedMailbox {
  readonly accountId: string;
  readonly mailbox: Mailbox;
  readonly acl: readonly AclEntry[];
}

/**
 * One annotation (RFC 5464). `entry` in lower case without `/private` or `/shared`: `/comment`. `viewer` is the account id whose
 * private entry it is, empty for a shared one.
 */
export interface Annotation {
  readonly viewer: string;
  readonly entry: string;
  readonly value: Uint8Array;
}

/** `value` null removes the entry. */
export interface AnnotationChange {
  readonly viewer: string;
  readonly entry: string;
  readonly value: Uint8Array | null;
}
