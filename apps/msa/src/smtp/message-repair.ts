import type { QueueId } from '@postroad/mail';
import { formatDate, parseDate, parseMessageIds, type HeaderEdit, type HeaderSection } from '@postroad/message';

/** Taken out: Bcc hides its readers (RFC 5322 §3.6.3), Return-Path is written at delivery only (RFC 5321 §4.4), the trace is for us. */
const DROPPED = ['bcc', 'resent-bcc', 'return-path', 'traceparent'] as const;

/**
 * RFC 6409 §8: adds or replaces Date (§8.2) and Message-ID (§8.3) when they are missing or not what they should be, and drops what
 * must not travel. All other octets stay.
 */
export function repair(section: HeaderSection, queueId: QueueId, hostname: string, now: number): HeaderSection {
  const edits: HeaderEdit[] = DROPPED.flatMap((name) => section.all(name).map((field) => ({ remove: field })));
  const put = (name: string, sound: (text: string) => boolean, value: string): void => {
    const field = section.field(name);
    const line = `${name}: ${value}\r\n`;
    if (field === undefined) edits.push({ append: line });
    else if (!sound(field.text)) edits.push({ replace: field, by: line });
  };
  put('Date', (text) => parseDate(text) !== null, formatDate(now));
  put('Message-ID', (text) => parseMessageIds(text, 2).length === 1, `<${queueId}@${hostname}>`);
  return edits.length === 0 ? section : section.edit(edits);
}

/** The trace that an authenticated client wants continued (W3C Trace Context), from a header field that is then dropped. */
export function traceparentIn(section: HeaderSection): string | undefined {
  const text = section.text('traceparent');
  return text !== undefined && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(text) ? text : undefined;
}
