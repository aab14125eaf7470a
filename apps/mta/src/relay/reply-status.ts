import type { EnhancedStatus, Outcome, RecipientStatus } from '@postroad/mail';
import { splitEnhancedStatus } from '@postroad/smtp';

/** What became of one recipient in one attempt. */
export interface Fate {
  readonly kind: 'relayed' | 'failed' | 'deferred';
  readonly status: EnhancedStatus;
  /** One line, at most 512 characters. */
  readonly diagnostic: string;
  /** `dns; host`, when the peer said it. */
  readonly remoteMta?: string;
}

const OUTCOME: Readonly<Record<Fate['kind'], Outcome>> = { relayed: 'relayed', failed: 'failed', deferred: 'delayed' };

export function statusOf(fate: Fate): RecipientStatus {
  const { kind, status, diagnostic, remoteMta } = fate;
  return { outcome: OUTCOME[kind], status, diagnostic, ...(remoteMta === undefined ? {} : { remoteMta }) };
}

// eslint-disable-next-line no-control-regex
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g;

/** One line that is safe in logs, events and headers, cut to 512 characters. */
export const oneLine = (text: string): string =>
  text.slice(0, 4_096).replace(UNSAFE, ' ').trim().slice(0, 512).toWellFormed();

/** Our own words about a recipient, nothing a peer said. */
export const ownFate = (kind: Fate['kind'], status: EnhancedStatus, text: string): Fate => ({
  kind,
  status,
  diagnostic: oneLine(text),
});

const LINE = /^(\d{3})[ -]?(.*)$/;

/**
 * A peer's reply to a command (several lines joined by LF, as nodemailer hands them over) as a recipient's fate
 * (RFC 5321 §4.2.1: only the first digit decides; RFC 3463 for the status, made up when the peer gives none).
 * A code outside 2yz to 5yz is no reply: try again later.
 */
export function fateOfReply(response: string, host: string): Fate {
  const lines = response.split('\n');
  const first = LINE.exec(lines[0] ?? '');
  const code = Number(first?.[1] ?? 0);
  const kind = code >= 200 && code < 300 ? 'relayed' : code >= 500 && code < 600 ? 'failed' : 'deferred';
  const said = splitEnhancedStatus(code, first?.[2] ?? '');
  const made: EnhancedStatus = kind === 'relayed' ? '2.0.0' : kind === 'failed' ? '5.0.0' : '4.0.0';
  return { kind, status: said?.status ?? made, diagnostic: oneLine(lines.join(' ')), remoteMta: `dns; ${host}` };
}
