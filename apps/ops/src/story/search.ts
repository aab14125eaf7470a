import { isQueueId } from '@postroad/mail';
import type { KeyKind } from '../store/keys.ts';
import type { EventReader } from '../store/reader.ts';
import type { MailEvent } from '../store/types.ts';

/** What a person asks: one of them, or sender and recipient together. */
export interface Question {
  /** Queue id, Message-ID with or without angle brackets, trace id, traceparent, or an address. */
  readonly id?: string | undefined;
  readonly sender?: string | undefined;
  readonly recipient?: string | undefined;
}

const MAX_SEEN = 500;
const same = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase();

const MATCHES: Readonly<Record<'messageId' | 'sender' | 'recipient', (event: MailEvent, value: string) => boolean>> = {
  messageId: (event, value) => same(event.messageId, value),
  sender: (event, value) => same(event.sender, value),
  recipient: (event, value) => event.recipients?.some((each) => same(each, value)) === true,
};

/** Queue ids of the messages asked for, newest first, at most `limit`. */
export function findMessages(reader: EventReader, question: Question, limit: number): string[] {
  const sets: string[][] = [];
  const { sender, recipient } = question;
  const id = question.id?.trim();
  if (id !== undefined && id !== '') sets.push(byId(reader, id));
  if (sender !== undefined && sender !== '') sets.push(byKey(reader, 'sender', bare(sender)));
  if (recipient !== undefined && recipient !== '') sets.push(byKey(reader, 'recipient', bare(recipient)));
  const [first = [], ...others] = sets;
  const all = others.reduce((kept, set) => kept.filter((each) => set.includes(each)), first);
  // Queue ids sort by age.
  return [...new Set(all)].sort().reverse().slice(0, limit);
}

const bare = (text: string) => (text.trim() === '<>' ? '<>' : text.trim().replace(/^<(.*)>$/, '$1'));

function byId(reader: EventReader, id: string): string[] {
  const text = bare(id);
  if (isQueueId(text.toLowerCase())) return [text.toLowerCase()];
  const trace = /^(?:00-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?$/i.exec(text)?.[1];
  if (trace !== undefined) return byTrace(reader, trace.toLowerCase());
  const found = byKey(reader, 'messageId', text);
  if (found.length > 0 || !text.includes('@')) return found;
  return [...byKey(reader, 'sender', text), ...byKey(reader, 'recipient', text)];
}

function byKey(reader: EventReader, kind: KeyKind & keyof typeof MATCHES, value: string): string[] {
  const { events } = reader.find(kind, value, MAX_SEEN);
  return events.flatMap((event) => (event.queueId !== undefined && MATCHES[kind](event, value) ? [event.queueId] : []));
}

function byTrace(reader: EventReader, traceId: string): string[] {
  const { events, spans } = reader.find('trace', traceId, MAX_SEEN);
  return [
    ...events.filter((event) => event.traceparent?.slice(3, 35) === traceId),
    ...spans.filter((span) => span.traceId === traceId || span.links?.includes(traceId) === true),
  ].flatMap(({ queueId }) => (queueId === undefined ? [] : [queueId]));
}
