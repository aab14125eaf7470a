import { domainToASCII, domainToUnicode } from 'node:url';
import { readAddressLiteral } from './literal.ts';

/** `sub-domain` (RFC 5321 §4.1.2) of at most 63 octets (RFC 1035 §2.3.4). */
const LDH = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/**
 * The form in which domains are kept: lower-case A-labels, or an address literal with its brackets. Null for what is not
 * a domain: RFC 5321 §4.1.2 has no underscore, no empty label and no dot at the end; a name whose last label is a number would
 * be an address without brackets (RFC 1123 §2.1). U-labels are converted by UTS #46 (RFC 6531 §3.2).
 */
export function readDomain(text: string, maxOctets = 255): string | null {
  if (text.startsWith('[')) return readAddressLiteral(text);
  let name = text.toLowerCase();
  const plain = ASCII.test(name);
  // ASCII names are never handed to the URL parser: it reads `0x7f.1` as 127.0.0.1.
  if (plain && !LDH.test(name)) return null;
  if (!plain || name.includes('xn--')) name = domainToASCII(name);
  if (name.length === 0 || name.length > Math.min(maxOctets, 253) || !LDH.test(name)) return null;
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name) ? null : name;
}

/** A domain for people and for SMTPUTF8 peers: U-labels where there are any (RFC 5890 §2.3.2.1). */
export function domainToUtf8(domain: string): string {
  return domain.includes('xn--') ? domainToUnicode(domain) || domain : domain;
}
