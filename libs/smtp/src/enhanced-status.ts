import type { EnhancedStatus } from '@postroad/mail';

/** `class "." subject "." detail` (RFC 3463 §2): no leading zeros, one to three digits each. */
const FORM = /^[245]\.(?:0|[1-9]\d{0,2})\.(?:0|[1-9]\d{0,2})$/;

/** Whether a text is an enhanced status code (RFC 3463 §2). */
export function isEnhancedStatus(text: string): text is EnhancedStatus {
  return FORM.test(text);
}

/**
 * Splits the enhanced status off a reply line (RFC 2034 §4). Null when the line does not begin with one, or when
 * its class is not the first digit of the reply code: then it is just text.
 */
export function splitEnhancedStatus(code: number, line: string): { status: EnhancedStatus; text: string } | null {
  const end = line.indexOf(' ');
  const word = end < 0 ? line : line.slice(0, end);
  if (word.length > 9 || !isEnhancedStatus(word) || word.charCodeAt(0) - 48 !== Math.floor(code / 100)) return null;
  return { status: word, text: end < 0 ? '' : line.slice(end + 1) };
}
