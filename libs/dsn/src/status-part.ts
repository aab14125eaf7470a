import { encodeStructuredField, formatDate } from '@postroad/message';
import { formatAddress } from '@postroad/smtp';
import { oneLine, typedAddress } from './typed.ts';
import type { DsnInput, DsnRecipient } from './types.ts';

/** Longest word, in octets, that fits a header line with its name. */
const MAX_WORD = 900;

/** Gives a blank to words that no line can hold. */
const foldable = (text: string) => text.replace(/\S{200}(?=\S)/gu, '$& ');

function recipientFields(recipient: DsnRecipient, utf8: boolean): [string, string][] {
  const { status, originalRecipient, finalRecipient } = recipient;
  const fields: [string, string][] = [];
  const original = originalRecipient && typedAddress(originalRecipient.type, originalRecipient.address, utf8);
  // One that no header line can hold (RFC 5322 §2.1.1) is left out rather than cut or keeping the report from being sent.
  if (original && Buffer.byteLength(original) <= MAX_WORD) fields.push(['Original-Recipient', original]);
  fields.push(['Final-Recipient', typedAddress('rfc822', formatAddress(finalRecipient), utf8)]);
  fields.push(['Action', status.outcome], ['Status', status.status]);
  if (status.remoteMta) fields.push(['Remote-MTA', foldable(oneLine(status.remoteMta, utf8).slice(0, 512))]);
  const said = foldable(oneLine(status.diagnostic, utf8).slice(0, 512).toWellFormed());
  // RFC 3464 §2.3.6: type smtp is for what an SMTP server said; our own words have a type of their own.
  if (said !== '') fields.push(['Diagnostic-Code', `${status.remoteMta ? 'smtp' : 'x-postroad'}; ${said}`]);
  if (recipient.lastAttempt !== undefined) fields.push(['Last-Attempt-Date', formatDate(recipient.lastAttempt)]);
  if (recipient.willRetryUntil !== undefined && status.outcome === 'delayed')
    fields.push(['Will-Retry-Until', formatDate(recipient.willRetryUntil)]);
  return fields;
}

/** The part a machine reads (RFC 3464 §2.1): message fields, then one group of fields per recipient. */
export function statusPart(input: DsnInput, utf8: boolean): string {
  const message: [string, string][] = [];
  if (input.envelopeId !== undefined) message.push(['Original-Envelope-Id', foldable(oneLine(input.envelopeId, utf8))]);
  message.push(
    ['Reporting-MTA', `dns; ${oneLine(input.reportingMta, false)}`],
    ['Arrival-Date', formatDate(input.arrival)],
  );
  const groups = [message, ...input.recipients.map((recipient) => recipientFields(recipient, utf8))];
  return groups
    .map((fields) => fields.map(([name, body]) => encodeStructuredField(name, body, { utf8 })).join(''))
    .join('\r\n');
}
