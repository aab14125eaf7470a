import type { EnhancedStatus } from '@postroad/mail';
import { splitEnhancedStatus } from './enhanced-status.ts';

/** One reply (RFC 5321 §4.2), of one line or several. */
export interface Reply {
  /** 200–599. */
  readonly code: number;
  /** RFC 2034; absent in the greeting, in the answer to EHLO, in 3yz replies and from servers that do not send it. */
  readonly status?: EnhancedStatus;
  /** Text of each line, without code and status; at least one. */
  readonly lines: readonly string[];
}

/** Makes a reply. `text` of several lines is given as an array. */
export function reply(code: number, status: EnhancedStatus | null, text: string | readonly string[]): Reply {
  const lines = typeof text === 'string' ? [text] : text;
  return status === null ? { code, lines } : { code, status, lines };
}

export const isPositive = (answer: Reply): boolean => answer.code < 400;

/** Anything that could end the line or the terminal of who reads the log: C0, DEL, C1 and the Unicode line separators. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

/** `514` octets of text leave room in 2,048 whatever UTF-8 does to them. */
const MAX_TEXT = 512;

/**
 * The reply as it goes over the wire, CRLFs included (RFC 5321 §4.2.1). The status is written on every line
 * (RFC 2034 §4), exactly once. Control characters in texts become spaces: a reply cannot be split by what it quotes.
 */
export function formatReply(answer: Reply): string {
  const { code, status } = answer;
  if (!Number.isInteger(code) || code < 200 || code > 599) throw new RangeError(`not a reply code: ${String(code)}`);
  const mark = status === undefined ? '' : `${status} `;
  const last = answer.lines.length - 1;
  if (last < 0) return `${String(code)} ${mark.trimEnd()}\r\n`;
  let wire = '';
  for (let i = 0; i <= last; i++) {
    const text = clean(answer.lines[i] ?? '', code, status);
    wire += `${String(code)}${i < last ? '-' : ' '}${mark}${text}\r\n`;
  }
  return wire;
}

/** A text that brings the same status itself (a remote diagnostic passed on) must not double it. */
function clean(text: string, code: number, status: EnhancedStatus | undefined): string {
  const line = text.slice(0, MAX_TEXT).replace(UNSAFE, ' ');
  if (status === undefined) return line;
  const inner = splitEnhancedStatus(code, line);
  return inner === null ? line : inner.text;
}
