import type { Address } from '@postroad/mail';
import { RFC5321_LIMITS, type SmtpLimits } from '../limits.ts';
import { domainToUtf8, readDomain } from './domain.ts';
import { formatLocalPart, readLocalPart } from './local-part.ts';

/** A path as it was written: the mailbox, and whether any of it needs SMTPUTF8 (RFC 6531 §3.3). `address` null is `<>`. */
export interface ReadPath {
  readonly address: Address | null;
  /** Written with characters beyond ASCII: only allowed in a transaction that said SMTPUTF8. */
  readonly utf8: boolean;
  /** Characters of the input that were read, from `<` to `>`. */
  readonly length: number;
}

export type PathError = 'syntax' | 'too-long' | 'domain';

/** `@a,@b:` in front of the mailbox: accepted and ignored (RFC 5321 §4.1.1.3 and appendix C). */
const SOURCE_ROUTE = /^@[^\s,:@<>"]+(?:,@[^\s,:@<>"]+)*:/;
// eslint-disable-next-line no-control-regex
const NON_ASCII = /[^\x00-\x7f]/;

/**
 * Reads `Path` or `<>` at the start of `text` (RFC 5321 §4.1.2). `<postmaster>` without a domain is for
 * forward-paths only (§4.1.1.3): the caller passes `postmasterDomain` and gets an address there.
 */
export function readPath(
  text: string,
  options: { limits?: SmtpLimits; postmasterDomain?: string } = {},
): ReadPath | PathError {
  const limits = options.limits ?? RFC5321_LIMITS;
  if (!text.startsWith('<')) return 'syntax';
  if (text.charAt(1) === '>') return { address: null, utf8: false, length: 2 };
  let start = 1;
  if (text.charAt(1) === '@') {
    const route = SOURCE_ROUTE.exec(text.slice(1, 1 + limits.commandLine));
    if (route === null) return 'syntax';
    start += route[0].length;
  }
  const local = readLocalPart(mailboxText(text, start));
  if (local === null) return 'syntax';
  const at = start + local.length;
  const close = text.indexOf('>', at);
  if (close < 0) return 'syntax';
  const utf8 = NON_ASCII.test(text.slice(start, close));
  const length = close + 1;
  if (at === close && options.postmasterDomain !== undefined && local.localPart.toLowerCase() === 'postmaster')
    return { address: { localPart: local.localPart, domain: options.postmasterDomain }, utf8: false, length };
  if (text.charAt(at) !== '@') return 'syntax';
  const written = text.slice(at + 1, close);
  if (octets(local.localPart) > limits.localPart || octets(written) > limits.domain) return 'too-long';
  if (octets(text.slice(start, close)) + 2 > limits.path) return 'too-long';
  const domain = readDomain(written, limits.domain);
  return domain === null ? 'domain' : { address: { localPart: local.localPart, domain }, utf8, length };
}

/** The part an unquoted local part may be read from ends at `>`; a quoted one may contain it. */
function mailboxText(text: string, start: number): string {
  if (text.charAt(start) === '"') return text.slice(start);
  const close = text.indexOf('>', start);
  return close < 0 ? text.slice(start) : text.slice(start, close);
}

const octets = (text: string): number => Buffer.byteLength(text);

/** Reads `local@domain` without brackets, all of it; null when it is not a mailbox (RFC 5321 §4.1.2). */
export function parseAddress(text: string, limits?: SmtpLimits): Address | null {
  if (text.includes('\r') || text.includes('\n') || text.startsWith('@')) return null;
  const read = readPath(`<${text}>`, limits === undefined ? {} : { limits });
  return typeof read === 'string' || read.length !== text.length + 2 ? null : read.address;
}

/** `local@domain`, quoted where it must be. With `utf8` the domain is written in U-labels (RFC 6531). */
export function formatAddress(address: Address, utf8 = false): string {
  return `${formatLocalPart(address.localPart)}@${utf8 ? domainToUtf8(address.domain) : address.domain}`;
}

/** `<local@domain>`, or `<>` for the null reverse-path. */
export function formatPath(address: Address | null, utf8 = false): string {
  return address === null ? '<>' : `<${formatAddress(address, utf8)}>`;
}

/** Whether the address can only be written with SMTPUTF8: its domain always has an A-label form, its local part has not. */
export function needsSmtpUtf8(address: Address): boolean {
  return NON_ASCII.test(address.localPart);
}
