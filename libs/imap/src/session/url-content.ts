import type { MailboxInfo, MessageData } from '../backend.ts';
import { Refusal } from '../errors.ts';
import { type ImapUrl, parseImapUrl } from '../parse/imap-url.ts';
import { formatString } from '../write/strings.ts';
import type { Context } from './context.ts';
import { cut, locate } from './section.ts';

/** Octets an IMAP URL of this account names (RFC 4469 §5). @throws Refusal BADURL */
export async function* urlContent(context: Context, text: string): AsyncGenerator<Uint8Array> {
  const url = parseImapUrl(text);
  const mailbox = url && (await mailboxOf(context, url));
  if (!mailbox) throw badUrl(text);
  const want = { structure: url.section.path !== '', content: true };
  for await (const message of context.account.fetch(mailbox.id, [url.uid], want)) {
    yield* octetsOf(message, url, text);
    return;
  }
  throw badUrl(text);
}

async function mailboxOf(context: Context, { mailbox: name, uidValidity }: ImapUrl): Promise<MailboxInfo | null> {
  const asked = name !== '' ? name : context.state === 'selected' ? context.view.name : null;
  const mailbox = asked === null ? null : await context.account.mailbox(asked);
  if (!mailbox?.rights.includes('r')) return null;
  return uidValidity === null || uidValidity === mailbox.uidValidity ? mailbox : null;
}

async function* octetsOf(
  message: MessageData,
  { section, partial }: ImapUrl,
  text: string,
): AsyncGenerator<Uint8Array> {
  const located = await locate(message, section);
  if (!located) throw badUrl(text);
  if (Buffer.isBuffer(located)) {
    const { start, end } = cut({ start: 0, end: located.length }, partial);
    yield located.subarray(start, end);
    return;
  }
  const { start, end } = cut(located, partial);
  if (end > start) yield* message.read(start, end);
}

/** The code quotes the URL (RFC 4469 §3); one that no quoted string can hold is not quoted. */
function badUrl(text: string): Refusal {
  const quoted = /^[\x20-\x7e]{1,1000}$/.test(text) ? formatString(text) : '""';
  return new Refusal('NO', `BADURL ${typeof quoted === 'string' ? quoted : '""'}`, 'this URL names nothing here');
}
