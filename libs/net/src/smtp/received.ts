import type { QueueId } from '@postroad/mail';
import { formatAddress, formatAddressLiteral, readAddressLiteral } from '@postroad/smtp';
import { formatDate } from '@postroad/message';
import type { SmtpSession, SmtpTransaction } from './types.ts';

/**
 * The Received field of a message taken from a client (RFC 5321 §4.4), folded, ended by CRLF; it is the `prefix` in the spool.
 * Everything the client chose in it went through the codec, which takes nothing that could end a line or a comment.
 */
export function receivedField(options: {
  readonly session: SmtpSession;
  readonly transaction: SmtpTransaction;
  readonly hostname: string;
  readonly queueId: QueueId;
  /** ms since the epoch. */
  readonly time: number;
}): string {
  const { session, transaction, hostname, queueId, time } = options;
  const { hello, tls } = session;
  const literal = readAddressLiteral(formatAddressLiteral(session.remoteAddress)) ?? '[0.0.0.0]';
  const lines = [`Received: from ${hello?.name ?? 'unknown'} (${literal})`];
  const secured = tls === null ? '' : ` (${tls.protocol} ${tls.cipher})`;
  lines.push(`by ${hostname} (Postroad) with ${protocolOf(session, transaction)}${secured}`);
  const only = transaction.recipients.length === 1 ? transaction.recipients[0] : undefined;
  // With several recipients each would learn of the others (RFC 5321 §7.2). Beyond ASCII only in an SMTPUTF8 message.
  const address = only === undefined ? '' : formatAddress(only.forwardPath);
  const named = address !== '' && (transaction.parameters.smtputf8 === true || /^[\x20-\x7e]+$/.test(address));
  lines.push(named ? `id ${queueId} for <${address}>;` : `id ${queueId};`);
  lines.push(formatDate(time));
  return `${lines.join('\r\n\t')}\r\n`;
}

/** `with` keywords: RFC 3848 (ESMTPS, ESMTPA, ESMTPSA) and RFC 6531 §3.7.3 (UTF8SMTP…). */
function protocolOf(session: SmtpSession, transaction: SmtpTransaction): string {
  if (session.hello?.verb !== 'EHLO') return 'SMTP';
  const utf8 = transaction.parameters.smtputf8 === true;
  const base = session.lmtp ? (utf8 ? 'UTF8LMTP' : 'LMTP') : utf8 ? 'UTF8SMTP' : 'ESMTP';
  return `${base}${session.tls === null ? '' : 'S'}${session.user === null ? '' : 'A'}`;
}
