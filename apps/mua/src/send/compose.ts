import { randomUUID } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { DraftFields, Person } from '../api-types.ts';
import { messageIds } from '../imap/message.ts';
import type { StoredUpload } from '../session/uploads.ts';
import { parseRecipients } from './recipients.ts';

export interface Composed {
  /** Complete, CRLF, without Bcc. */
  readonly content: Buffer;
  readonly messageId: string;
}

const asNodemailer = (people: readonly Person[]) => people.map(({ name, address }) => ({ name, address }));
const oneLine = (text: string) => text.replaceAll(/[\r\n]+/g, ' ').trim();

/** The message of the fields (RFC 5322, MIME). Nothing is read from files or addresses, whatever the fields say. */
export async function compose(from: string, fields: DraftFields, uploads: readonly StoredUpload[]): Promise<Composed> {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const messageId = `<${randomUUID()}@${domain}>`;
  const [inReplyTo] = messageIds(fields.inReplyTo);
  const composer = new MailComposer({
    from: { name: oneLine(fields.fromName), address: from },
    to: asNodemailer(parseRecipients(fields.to)),
    cc: asNodemailer(parseRecipients(fields.cc)),
    subject: oneLine(fields.subject),
    messageId,
    date: new Date(),
    ...(inReplyTo === undefined ? {} : { inReplyTo, references: messageIds(fields.references.join(' ')) }),
    text: fields.text,
    attachments: uploads.map(({ name, type, content }) => ({ filename: name, contentType: type, content })),
    headers: { 'User-Agent': 'Postroad webmail' },
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { content: await composer.compile().build(), messageId };
}

/** The copy that is kept shows who got it in secret. */
export function withBcc(content: Buffer, bcc: string): Buffer {
  const addresses = parseRecipients(bcc).map(({ address }) => address);
  // One address a line keeps every line under 998 octets (RFC 5322 §2.1.1).
  return addresses.length === 0
    ? content
    : Buffer.concat([Buffer.from(`Bcc: ${addresses.join(',\r\n ')}\r\n`), content]);
}
