import type { DraftFields } from '../api-types.ts';
import type { Account } from '../imap/account.ts';
import { folderFor } from '../imap/folders.ts';
import type { Uploads } from '../session/uploads.ts';
import { compose, withBcc } from './compose.ts';

/** Keeps what is written so far in Drafts, in place of the version before; its UID there, null when the server tells none. */
export async function saveDraft(account: Account, fields: DraftFields, uploads: Uploads): Promise<number | null> {
  const { content } = await compose(account.credentials.address, fields, uploads.get(fields.uploads));
  const client = await account.client();
  const folder = await folderFor(client, 'drafts');
  const appended = await client.append(folder, withBcc(content, fields.bcc), ['\\Draft', '\\Seen']);
  // Only now: a failure between the two leaves two drafts, not none.
  if (fields.draftUid !== null) await removeDraft(account, fields.draftUid);
  else account.watch.tell({ folder, arrived: false });
  return appended === false ? null : (appended.uid ?? null);
}

export async function removeDraft(account: Account, uid: number): Promise<void> {
  const folder = await folderFor(await account.client(), 'drafts');
  await account.inFolder(folder, (client) => client.messageDelete(`${uid}`, { uid: true }));
  account.watch.tell({ folder, arrived: false });
}
