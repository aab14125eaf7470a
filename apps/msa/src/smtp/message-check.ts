import type { Address } from '@postroad/mail';
import { mailboxesOf, parseAddressList, type HeaderSection } from '@postroad/message';
import { SmtpRefusal } from '@postroad/net';
import { formatAddress, parseAddress, reply } from '@postroad/smtp';

/** Fields that may stand once (RFC 5322 §3.6); From has a rule of its own. */
const SINGLE = [
  'date',
  'sender',
  'reply-to',
  'to',
  'cc',
  'message-id',
  'in-reply-to',
  'references',
  'subject',
] as const;

const refuse = (status: '5.6.0' | '5.7.1', text: string): SmtpRefusal =>
  new SmtpRefusal(reply(status === '5.7.1' ? 550 : 554, status, text));

/** Refuses what is not a message (RFC 6409 §8, RFC 5322 §3.6). */
export function checkForm(section: HeaderSection): void {
  if (section.fields.length === 0) throw refuse('5.6.0', 'Not a message: it has no header section');
  if (section.malformed.length > 0) throw refuse('5.6.0', 'Not a message: a line of the header section is no field');
  for (const name of SINGLE)
    if (section.all(name).length > 1) throw refuse('5.6.0', `Field ${name} may stand once only`);
}

/**
 * The authors and the sender, all of which the account must be allowed to be: exactly one From field (RFC 5322 §3.6.2), of
 * mailboxes and nothing else, and at most one Sender. `mayUse` answers for one address.
 */
export async function checkAuthors(
  section: HeaderSection,
  mayUse: (address: Address) => Promise<boolean>,
): Promise<void> {
  const from = section.all('from');
  const [field] = from;
  if (field === undefined || from.length > 1) throw refuse('5.7.1', 'A message has exactly one From field');
  const authors = addressesIn(field.text, 'From');
  const sender = section.text('sender');
  const senders = sender === undefined ? [] : addressesIn(sender, 'Sender');
  if (senders.length > 1) throw refuse('5.6.0', 'Sender names one mailbox');
  for (const address of [...authors, ...senders])
    if (!(await mayUse(address))) throw refuse('5.7.1', `Not allowed to write as ${formatAddress(address)}`);
}

/** Authors of one message: more is no letter but a load on the directory. */
const MAX_AUTHORS = 10;

/** Text in quotes, comments and encoded words is for people. */
const QUOTED = /=\?[^?\s]+\?[bq]\?[^?\s]*\?=|"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)/gi;
const LIKE_ADDRESS = /[^\s<>,;:"()]+@[^\s<>,;:"()]+/g;

/**
 * The mailboxes of a field. Whatever else in it looks like an address counts as one too: another reader, less or more
 * tolerant than ours, may take it for the author (`From: <me@x> boss@y`).
 */
function addressesIn(text: string, name: string): Address[] {
  const items = parseAddressList(text, MAX_AUTHORS + 1);
  const mailboxes = mailboxesOf(items);
  if (mailboxes.length === 0 || mailboxes.length > MAX_AUTHORS || items.some(({ kind }) => kind === 'group'))
    throw refuse('5.7.1', `${name} must name a mailbox`);
  const lookalikes = text.replace(QUOTED, ' ').match(LIKE_ADDRESS) ?? [];
  if (lookalikes.length > 2 * MAX_AUTHORS) throw refuse('5.7.1', `${name} names too many mailboxes`);
  const written = mailboxes.map(({ localPart, domain }) => formatAddress({ localPart, domain }));
  return [...new Set([...written, ...lookalikes])].map((text) => {
    const address = parseAddress(text);
    if (address === null) throw refuse('5.7.1', `${name} names no valid mailbox`);
    return address;
  });
}
