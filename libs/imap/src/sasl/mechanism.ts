import type { ImapAccount, ImapBackend } from '../backend.ts';

/** What one response of the client leads to. */
export type SaslStep =
  | { readonly kind: 'challenge'; readonly data: Buffer }
  /** `account` null: refused, to be answered late and alike for every cause. */
  | { readonly kind: 'done'; readonly account: ImapAccount | null; readonly username: string }
  /** The client broke the mechanism's rules (BAD). */
  | { readonly kind: 'malformed'; readonly text: string };

/** One exchange: called with each response in turn, decoded from base64. */
export type SaslExchange = (response: Buffer) => Promise<SaslStep>;

/** Keying material of the TLS connection (RFC 5929 §4, RFC 9266); null when there is none of this kind. */
export type ChannelBindings = (type: 'tls-exporter' | 'tls-server-end-point') => Buffer | null;

/** One SASL mechanism (RFC 4422) on the server's side. */
export interface Mechanism {
  readonly name: string;
  /** Whether the backend and the connection can do it. */
  offered(backend: ImapBackend, bindings: ChannelBindings | null): boolean;
  start(backend: ImapBackend, bindings: ChannelBindings | null): SaslExchange;
}

/** Octets of a user name, password or token. */
const MAX_NAME = 1024;

/** Whether a name or password is of a length worth looking at. */
export function isPlausible(...words: readonly string[]): boolean {
  return words.every((word) => word.length <= MAX_NAME);
}

export function refused(username: string): SaslStep {
  return { kind: 'done', account: null, username };
}
