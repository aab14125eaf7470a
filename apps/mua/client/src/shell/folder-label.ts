import type { Folder, FolderRole } from '../../../src/api-types.ts';

const LABELS: Readonly<Record<NonNullable<FolderRole>, string>> = {
  inbox: 'Inbox',
  drafts: 'Drafts',
  sent: 'Sent',
  archive: 'Archive',
  junk: 'Junk',
  trash: 'Trash',
};

export const folderLabel = ({ role, name }: Pick<Folder, 'role' | 'name'>) => (role === null ? name : LABELS[role]);
