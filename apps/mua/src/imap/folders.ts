import type { ImapFlow, ListResponse } from 'imapflow';
import type { Folder, FolderRole } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';
import type { Account } from './account.ts';

/** Special uses (RFC 6154); `\Inbox` is imapflow's own. */
const ROLES: Readonly<Record<string, FolderRole>> = {
  '\\Inbox': 'inbox',
  '\\Drafts': 'drafts',
  '\\Sent': 'sent',
  '\\Archive': 'archive',
  '\\Junk': 'junk',
  '\\Trash': 'trash',
};
const ORDER: readonly FolderRole[] = ['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash', null];
const MAX_FOLDERS = 2_000;

const roleOf = (folder: ListResponse): FolderRole =>
  folder.path.toUpperCase() === 'INBOX' ? 'inbox' : (ROLES[folder.specialUse ?? ''] ?? null);

/** Every folder that can be opened, the special ones first. */
export async function listFolders(account: Account): Promise<Folder[]> {
  const client = await account.client();
  const listed = await client.list({ statusQuery: { messages: true, unseen: true } });
  const folders = listed
    .filter(({ flags }) => !flags.has('\\Noselect') && !flags.has('\\NonExistent'))
    .slice(0, MAX_FOLDERS)
    .map((folder) => ({
      path: folder.path,
      name: folder.name,
      depth: folder.parent.length,
      role: roleOf(folder),
      unread: folder.status?.unseen ?? 0,
      total: folder.status?.messages ?? 0,
    }));
  const rank = ({ role }: Folder) => ORDER.indexOf(role);
  return folders.sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
}

const WORDS: Readonly<Record<NonNullable<FolderRole>, string>> = {
  inbox: 'INBOX',
  drafts: 'Drafts',
  sent: 'Sent',
  archive: 'Archive',
  junk: 'Junk',
  trash: 'Trash',
};

/** Path of the folder with this use, which is made when the account has none. */
export async function folderFor(client: ImapFlow, role: NonNullable<FolderRole>): Promise<string> {
  const listed = await client.list();
  const found = listed.find((folder) => roleOf(folder) === role);
  if (found !== undefined) return found.path;
  const made = await client.mailboxCreate(WORDS[role]);
  if (made.path === '') throw new ApiError(409, 'NO_FOLDER', `There is no folder ${WORDS[role]}.`);
  return made.path;
}
