import { buffer } from 'node:stream/consumers';
import type { ImapFlow } from 'imapflow';
import type { MessageView } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';
import type { Account } from './account.ts';
import { partsOf } from './structure.ts';
import { people, SUMMARY_QUERY, summaryOf } from './summary.ts';

/** Octets of a body that are shown. */
const BODY_LIMIT = 1024 * 1024;
const MAX_REFERENCES = 100;

export const gone = () => new ApiError(404, 'NO_MESSAGE', 'This message is not here any more.');

/** A message to read: its texts and what is attached, never the attachments themselves. It is seen from now on. */
export async function openMessage(account: Account, folder: string, uid: number): Promise<MessageView> {
  return account.inFolder(folder, async (client) => {
    const message = await client.fetchOne(`${uid}`, { ...SUMMARY_QUERY, headers: ['references'] }, { uid: true });
    if (message === false || message.bodyStructure === undefined) throw gone();
    const { envelope, bodyStructure } = message;
    const parts = partsOf(bodyStructure);
    const text = await body(client, uid, parts.text);
    const html = await body(client, uid, parts.html);
    if (message.flags?.has('\\Seen') !== true) await client.messageFlagsAdd(`${uid}`, ['\\Seen'], { uid: true });
    return {
      ...summaryOf(message),
      unread: false,
      folder,
      cc: people(envelope?.cc),
      bcc: people(envelope?.bcc),
      replyTo: people(envelope?.replyTo),
      messageId: envelope?.messageId ?? '',
      references: messageIds(message.headers?.toString('latin1') ?? ''),
      text: text?.content ?? null,
      html: html?.content ?? null,
      truncated: text?.truncated === true || html?.truncated === true,
      files: parts.files,
    };
  });
}

/** Message-IDs in a References field, unfolded (RFC 5322 §3.6.4), the nearest last. */
export const messageIds = (field: string): string[] => (field.match(/<[^<>\s]{1,998}>/g) ?? []).slice(-MAX_REFERENCES);

async function body(client: ImapFlow, uid: number, part: string | null) {
  if (part === null) return null;
  // One more octet than is shown tells that there is more.
  const { content } = await client.download(`${uid}`, part, { uid: true, maxBytes: BODY_LIMIT + 1 });
  if (content === undefined) return null;
  const octets = await buffer(content);
  return { content: octets.subarray(0, BODY_LIMIT).toString('utf8'), truncated: octets.length > BODY_LIMIT };
}
