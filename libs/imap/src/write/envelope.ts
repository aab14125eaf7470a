import type { AddressItem, Envelope } from '@postroad/message';
import { formatNString, formatString, type Piece } from './strings.ts';

/** ENVELOPE (RFC 3501 §7.4.2). */
export function formatEnvelope(envelope: Envelope): Piece[] {
  const pieces: Piece[] = ['(', formatNString(envelope.date), ' ', formatNString(envelope.subject)];
  const lists = [envelope.from, envelope.sender, envelope.replyTo, envelope.to, envelope.cc, envelope.bcc];
  for (const list of lists) pieces.push(' ', ...formatAddresses(list));
  pieces.push(' ', formatNString(envelope.inReplyTo), ' ', formatNString(envelope.messageId), ')');
  return pieces;
}

function formatAddresses(items: readonly AddressItem[] | null): Piece[] {
  if (!items || items.length === 0) return ['NIL'];
  const pieces: Piece[] = ['('];
  for (const item of items) {
    // a group begins with its name in place of the mailbox and ends with NIL (RFC 3501 §7.4.2)
    if (item.kind === 'group') pieces.push('(NIL NIL ', formatString(item.name), ' NIL)');
    for (const mailbox of item.kind === 'group' ? item.members : [item]) {
      pieces.push('(', formatNString(mailbox.name), ' ', formatNString(mailbox.route), ' ');
      pieces.push(formatString(mailbox.localPart), ' ', formatString(mailbox.domain), ')');
    }
    if (item.kind === 'group') pieces.push('(NIL NIL NIL NIL)');
  }
  pieces.push(')');
  return pieces;
}
