import type { AddressItem, Envelope, MessageStructure } from '@postroad/message';
import { baseSubject, decodeWords, parseDate, parseMessageIds } from '@postroad/message';
import type { ReadRange } from './text.ts';
import { unicodeCasemap } from './thread/casemap.ts';

/** Octets of the header section that are searched for References; ids and characters kept of what may be endless. */
const HEADER_LIMIT = 1 << 18;
const MAX_REFERENCES = 200;
const MAX_TEXT = 1000;

/** What SORT, THREAD and date searches need of a message: computed once at delivery and stored. */
export interface MessageSummary {
  /** The Date field, ms since the epoch; null when it is missing or unreadable. */
  readonly sent: number | null;
  /** Its zone, minutes east of UTC: `sent + zone * 60_000` read as UTC is the day a SENT search means (RFC 3501 §6.4.4). */
  readonly zone: number;
  /** Subject as it is sorted and threaded: base subject (RFC 5256 §2.1) under i;unicode-casemap. */
  readonly baseSubject: string;
  /** Something that marks a reply or forward was taken off it. */
  readonly isReply: boolean;
  /** Without brackets and quotes, null when there is none. */
  readonly messageId: string | null;
  /** Oldest first: those of References, or (RFC 5256 §3) the first of In-Reply-To when there are none. */
  readonly references: readonly string[];
  /** All of In-Reply-To. */
  readonly inReplyTo: readonly string[];
  /** addr-mailbox of the first address (RFC 5256 §3) under i;unicode-casemap, empty when there is none. */
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  /** Display name of the first address, else the address (RFC 5957 §3), under i;unicode-casemap. */
  readonly displayFrom: string;
  readonly displayTo: string;
  /** Decoded, for people. */
  readonly subject: string;
  readonly sender: string;
}

export function summarize({ envelope, part }: MessageStructure, read: ReadRange): MessageSummary {
  const header = read(part.headerStart, Math.min(part.bodyStart, part.headerStart + HEADER_LIMIT));
  const date = envelope.date === null ? null : parseDate(envelope.date);
  const { base, isReply } = baseSubject(envelope.subject ?? '');
  const inReplyTo = messageIds(envelope.inReplyTo ?? '').slice(0, 10);
  const references = referencesOf(header);
  return {
    sent: date?.time ?? null,
    zone: date?.zone ?? 0,
    baseSubject: unicodeCasemap(base).slice(0, MAX_TEXT),
    isReply,
    messageId: messageIds(envelope.messageId ?? '')[0] ?? null,
    references: references.length > 0 ? references : inReplyTo.slice(0, 1),
    inReplyTo,
    ...addressKeys(envelope),
    subject: decodeWords(envelope.subject ?? '')
      .toWellFormed()
      .slice(0, MAX_TEXT),
    sender: displayed(envelope.from?.[0]).toWellFormed(),
  };
}

/** Message ids a message belongs together with others by: its own, and those it names. */
export function relatedIds(summary: MessageSummary): string[] {
  const own = summary.messageId === null ? [] : [summary.messageId];
  return [...new Set([...own, ...summary.inReplyTo, ...summary.references])];
}

function addressKeys(envelope: Envelope): Pick<MessageSummary, 'from' | 'to' | 'cc' | 'displayFrom' | 'displayTo'> {
  return {
    from: addrMailbox(envelope.from?.[0]),
    to: addrMailbox(envelope.to?.[0]),
    cc: addrMailbox(envelope.cc?.[0]),
    displayFrom: unicodeCasemap(displayed(envelope.from?.[0])),
    displayTo: unicodeCasemap(displayed(envelope.to?.[0])),
  };
}

/** A group stands in an ENVELOPE with its name in the place of the mailbox (RFC 9051 §7.5.2). */
function addrMailbox(item: AddressItem | undefined): string {
  if (!item) return '';
  return unicodeCasemap(item.kind === 'group' ? item.name : item.localPart).slice(0, MAX_TEXT);
}

function displayed(item: AddressItem | undefined): string {
  if (!item) return '';
  const name = decodeWords(item.name ?? '').trim();
  if (name !== '' || item.kind === 'group') return name.slice(0, MAX_TEXT);
  return (item.domain === '' ? item.localPart : `${item.localPart}@${item.domain}`).slice(0, MAX_TEXT);
}

function referencesOf(header: Buffer): string[] {
  const field = /(?:^|\n)references[ \t]*:((?:[^\n]*)(?:\n[ \t][^\n]*)*)/i.exec(header.toString('latin1'))?.[1] ?? '';
  const ids = messageIds(field.replace(/\r?\n/g, ''));
  return ids.length <= MAX_REFERENCES ? ids : [...ids.slice(0, 1), ...ids.slice(1 - MAX_REFERENCES)];
}

/** Ids that are the same although one is written in quotes are one (RFC 5256 §3, "normalized"). */
function messageIds(text: string): string[] {
  return parseMessageIds(text).map((id) =>
    id.replace(/"((?:[^"\\]|\\.)*)"/g, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1')).slice(0, MAX_TEXT),
  );
}
