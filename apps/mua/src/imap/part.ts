import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Attachment, Upload } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';
import { UPLOAD_LIMIT, type Uploads } from '../session/uploads.ts';
import type { Account } from './account.ts';
import { logout } from './connection.ts';
import { gone } from './message.ts';
import { partsOf } from './structure.ts';

export interface OpenPart {
  readonly file: Attachment;
  /** Decoded octets, as fast as they are read. */
  readonly content: Readable;
}

/**
 * An attachment as a stream, over a connection of its own: a slow reader keeps nothing else waiting. The connection ends with
 * the stream.
 */
export async function openPart(account: Account, folder: string, uid: number, part: string): Promise<OpenPart> {
  const client = await account.downloadConnection();
  try {
    await client.mailboxOpen(folder, { readOnly: true });
    const message = await client.fetchOne(`${uid}`, { bodyStructure: true }, { uid: true });
    if (message === false || message.bodyStructure === undefined) throw gone();
    const file = partsOf(message.bodyStructure).files.find((each) => each.part === part);
    if (file === undefined) throw new ApiError(404, 'NO_PART', 'This attachment is not here any more.');
    const { content } = await client.download(`${uid}`, part, { uid: true, decodeText: false });
    if (content === undefined) throw gone();
    content.once('close', () => logout(client));
    return { file, content };
  } catch (error) {
    logout(client);
    throw error;
  }
}

/** Makes an attachment of a stored message one of a message being written (forwarding, taking a draft up again). */
export async function reusePart(
  account: Account,
  uploads: Uploads,
  folder: string,
  uid: number,
  part: string,
): Promise<Upload> {
  const { file, content } = await openPart(account, folder, uid, part);
  if (file.size > UPLOAD_LIMIT * 1.1) {
    content.destroy();
    throw new ApiError(413, 'TOO_LARGE', 'Attachments of one message can be 20 MiB together.');
  }
  return uploads.add(file.name, file.type, await buffer(content));
}
