import type { Outcome } from '@postroad/mail';
import {
  decodeTransfer,
  HeaderSection,
  parseDate,
  parseMessageIds,
  parseStructure,
  type Part,
  readHeaderSection,
} from '@postroad/message';
import { readTyped } from './typed.ts';
import type { ParsedDsn, ParsedRecipient } from './types.ts';

const ACTIONS: readonly string[] = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] satisfies Outcome[];
const MAX_GROUPS = 1001;
const MAX_STATUS = 1 << 20;

/** Groups of fields, one empty line between them (RFC 3464 §2.1). */
function* groups(bytes: Buffer): Generator<HeaderSection> {
  let rest = bytes;
  for (let i = 0; i < MAX_GROUPS && rest.length > 0;) {
    const section = readHeaderSection(rest, { bytes: Infinity, fields: 10_000, lineLength: Infinity });
    rest = rest.subarray(section.bytes.length);
    if (section.fields.length === 0) continue;
    i++;
    yield section;
  }
}

const time = (text: string | undefined) => (text === undefined ? null : (parseDate(text)?.time ?? null));

function recipientOf(group: HeaderSection): ParsedRecipient | null {
  const finalRecipient =
    readTyped(group.text('Final-Recipient'), 'rfc822') ?? readTyped(group.text('Original-Recipient'), 'rfc822');
  const action = /^[a-z]+/.exec(group.text('Action')?.toLowerCase() ?? '')?.[0] ?? '';
  if (!finalRecipient || !ACTIONS.includes(action)) return null;
  return {
    originalRecipient: readTyped(group.text('Original-Recipient'), 'rfc822'),
    finalRecipient,
    action: action as Outcome,
    status: /^[245]\.\d{1,3}\.\d{1,3}(?!\d)/.exec(group.text('Status') ?? '')?.[0] ?? null,
    remoteMta: readTyped(group.text('Remote-MTA'), 'dns'),
    diagnostic: readTyped(group.text('Diagnostic-Code'), 'smtp'),
    lastAttempt: time(group.text('Last-Attempt-Date')),
    willRetryUntil: time(group.text('Will-Retry-Until')),
  };
}

const isStatus = ({ type, subtype }: Part) =>
  type === 'message' && (subtype === 'delivery-status' || subtype === 'global-delivery-status');

function returnedOf(message: Buffer, parts: readonly Part[], after: number): ParsedDsn['returned'] {
  for (const part of parts.slice(after)) {
    const name = `${part.type}/${part.subtype}`;
    const full = name === 'message/rfc822' || name === 'message/global';
    if (!full && name !== 'text/rfc822-headers' && name !== 'message/global-headers') continue;
    const { bodyStart: start, bodyEnd: end } = part;
    const header =
      full && part.message ? message.subarray(start, part.message.part.bodyStart) : message.subarray(start, end);
    const section = new HeaderSection(header.subarray(0, 1 << 18), { bytes: Infinity, fields: Infinity });
    return {
      form: full ? 'FULL' : 'HDRS',
      start,
      end,
      messageId: parseMessageIds(section.text('Message-ID') ?? '', 1)[0] ?? null,
    };
  }
  return null;
}

/** Reads a delivery status notification (RFC 3464); null when the message is none, or tells of no recipient. Never throws on content. */
export function parseDsn(message: Buffer): ParsedDsn | null {
  const { part } = parseStructure(message);
  if (part.type !== 'multipart' || part.subtype !== 'report' || !part.parts) return null;
  const at = part.parts.findIndex(isStatus);
  const report = part.parts[at];
  if (!report) return null;
  const body = message.subarray(report.bodyStart, Math.min(report.bodyEnd, report.bodyStart + MAX_STATUS));
  const [first, ...rest] = fieldGroups(decodeTransfer(body, report.encoding));
  if (!first) return null;
  const recipients = rest.map(recipientOf).filter((each) => each !== null);
  if (recipients.length === 0) return null;
  return {
    reportingMta: readTyped(first.text('Reporting-MTA'), 'dns'),
    envelopeId: first.text('Original-Envelope-Id') ?? null,
    arrival: time(first.text('Arrival-Date')),
    recipients,
    returned: returnedOf(message, part.parts, at + 1),
  };
}

/** All groups; a section with absurdly many fields ends the list. */
function fieldGroups(bytes: Buffer): HeaderSection[] {
  const out: HeaderSection[] = [];
  try {
    for (const group of groups(bytes)) out.push(group);
  } catch {
    // HEADER_TOO_MANY_FIELDS: what came before it still counts.
  }
  return out;
}
