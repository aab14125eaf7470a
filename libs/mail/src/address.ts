/**
 * A mailbox as SMTP names it (RFC 5321 §4.1.2), already unquoted.
 * `localPart` holds the characters themselves (no quotes, no backslashes; UTF-8 when SMTPUTF8 was used);
 * `domain` is a lower-case A-label name (`xn--…`) or an address literal with its brackets (`[192.0.2.1]`, `[IPv6:…]`).
 * How it is written on the wire (quoting, U-labels) is the business of `@postroad/smtp`.
 */
export interface Address {
  readonly localPart: string;
  readonly domain: string;
}

/** The reverse-path of a transaction; `null` is the null reverse-path `<>` (RFC 5321 §4.5.5). */
export type ReversePath = Address | null;

/** The forward-path of one recipient (source routes are dropped on parsing, RFC 5321 appendix C). */
export type ForwardPath = Address;

/** True for `[192.0.2.1]`-like domains (RFC 5321 §4.1.3). */
export function isAddressLiteral(domain: string): boolean {
  return domain.startsWith('[');
}

/**
 * The form under which addresses of OUR domains are compared and stored: local part lower-cased after NFC
 * (DESIGN §8). Foreign local parts are compared as they are, and must not be passed here.
 */
export function canonicalLocalPart(localPart: string): string {
  return localPart.normalize('NFC').toLowerCase();
}
