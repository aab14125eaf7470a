import { createHash } from 'node:crypto';
import { encodeAddressField, encodeField, encodeStructuredField, formatDate } from '@postroad/message';
import { domainToUtf8, needsSmtpUtf8 } from '@postroad/smtp';
import { humanPart, subject } from './human-part.ts';
import { statusPart } from './status-part.ts';
import type { ComposedDsn, DsnInput } from './types.ts';

// eslint-disable-next-line no-control-regex
const NON_ASCII = /[^\x00-\x7f]/;

/** Whether an address in it can only be written in UTF-8. */
function holdsUtf8(input: DsnInput): boolean {
  return (
    needsSmtpUtf8(input.recipient) ||
    input.recipients.some(
      ({ finalRecipient, originalRecipient }) =>
        needsSmtpUtf8(finalRecipient) || NON_ASCII.test(originalRecipient?.address ?? ''),
    )
  );
}

function header(input: DsnInput, messageId: string, boundary: string, utf8: boolean): string {
  const { localPart, domain } = input.recipient;
  const box = { kind: 'mailbox', name: null, route: null } as const;
  const daemon = { ...box, name: 'Mail Delivery System', localPart: 'MAILER-DAEMON', domain: input.reportingMta };
  const original = input.originalMessageId !== undefined && /^[\x21-\x7e]{1,250}$/.test(input.originalMessageId);
  return [
    encodeAddressField('From', [daemon]),
    encodeAddressField('To', [{ ...box, localPart, domain: utf8 ? domainToUtf8(domain) : domain }], { utf8 }),
    encodeField('Subject', subject(input)),
    encodeStructuredField('Date', formatDate(input.date)),
    encodeStructuredField('Message-ID', `<${messageId}>`),
    ...(original ? [encodeStructuredField('In-Reply-To', `<${input.originalMessageId}>`)] : []),
    encodeStructuredField('Auto-Submitted', 'auto-replied'),
    encodeStructuredField('MIME-Version', '1.0'),
    encodeStructuredField('Content-Type', `multipart/report; report-type=delivery-status; boundary="${boundary}"`),
    '\r\n',
  ].join('');
}

/** Type of the returned part (RFC 6522 §3, §4; RFC 6533 §6). */
function returnedType(input: DsnInput, utf8: boolean): string {
  const global = utf8 && input.returned.eightBit;
  if (input.returned.form === 'FULL') return global ? 'message/global' : 'message/rfc822';
  return global ? 'message/global-headers' : 'text/rfc822-headers';
}

/**
 * Composes a delivery status notification (RFC 3464 in RFC 6522). The reverse-path it is sent with must be null.
 * Deterministic: the same input gives the same octets.
 * @throws RangeError without recipients; MessageError HEADER_FIELD_INVALID when a host or address cannot be written in a header
 */
export function composeDsn(input: DsnInput): ComposedDsn {
  if (input.recipients.length === 0) throw new RangeError('a notification is about at least one recipient');
  // A sender whose address is UTF-8 can only be told in UTF-8; others get the ASCII form unless they used SMTPUTF8.
  const utf8 = holdsUtf8(input) && (input.smtputf8 === true || needsSmtpUtf8(input.recipient));
  const messageId = `${input.queueId}@${input.reportingMta}`;
  // The queue id has 80 bits that the author of the returned content could not know: the boundary is not in it.
  const boundary = `=_dsn_${createHash('sha256').update(messageId).digest('hex').slice(0, 40)}`;
  const human = humanPart(input, utf8);
  const status = statusPart(input, utf8);
  const encoding = (text: string) => (NON_ASCII.test(text) ? '8bit' : '7bit');
  const part = (type: string, transfer: string, description: string) =>
    `--${boundary}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${transfer}\r\nContent-Description: ${description}\r\n\r\n`;
  const head =
    header(input, messageId, boundary, utf8) +
    part(`text/plain; charset=${utf8 ? 'utf-8' : 'us-ascii'}`, encoding(human), 'What happened') +
    `${human}\r\n` +
    part(`message/${utf8 ? 'global-' : ''}delivery-status`, encoding(status), 'Delivery report') +
    `${status}\r\n` +
    part(
      returnedType(input, utf8),
      input.returned.eightBit ? '8bit' : '7bit',
      input.returned.form === 'FULL' ? 'Your message' : 'Its header',
    );
  return {
    head: Buffer.from(head),
    tail: Buffer.from(`\r\n--${boundary}--\r\n`),
    messageId,
    smtputf8: utf8,
    eightBit: input.returned.eightBit || NON_ASCII.test(head),
  };
}
