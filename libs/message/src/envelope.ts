import { parseAddressList } from './address-list.ts';
import type { HeaderField } from './header-field.ts';
import type { AddressItem, Envelope } from './types.ts';

const KEYS = new Set(['date', 'subject', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'in-reply-to', 'message-id']);

/** ENVELOPE from header fields (RFC 9051 §7.5.2): the first field of each name counts, addresses of repeated To/Cc/Bcc add up. */
export function buildEnvelope(fields: readonly HeaderField[]): Envelope {
  const found = new Map<string, string>();
  for (const field of fields) {
    if (!KEYS.has(field.key)) continue;
    const before = found.get(field.key);
    if (before === undefined) found.set(field.key, field.text);
    else if (field.key === 'to' || field.key === 'cc' || field.key === 'bcc')
      found.set(field.key, `${before}, ${field.text}`);
  }
  const text = (key: string) => found.get(key) ?? null;
  const addresses = (key: string): AddressItem[] | null => {
    const list = parseAddressList(found.get(key) ?? '');
    return list.length > 0 ? list : null;
  };
  const from = addresses('from');
  return {
    date: text('date'),
    subject: text('subject'),
    from,
    // An absent or empty Sender or Reply-To is From's value, not NIL.
    sender: addresses('sender') ?? from,
    replyTo: addresses('reply-to') ?? from,
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    inReplyTo: text('in-reply-to'),
    messageId: text('message-id'),
  };
}
