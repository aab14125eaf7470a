import type { FolderRole, MessageAction } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';
import type { Account } from './account.ts';
import { folderFor } from './folders.ts';

const FLAGS: Partial<Record<MessageAction, readonly [add: boolean, flag: string]>> = {
  read: [true, '\\Seen'],
  unread: [false, '\\Seen'],
  flag: [true, '\\Flagged'],
  unflag: [false, '\\Flagged'],
};
const TARGETS: Partial<Record<MessageAction, NonNullable<FolderRole>>> = {
  archive: 'archive',
  delete: 'trash',
  junk: 'junk',
};

/** Does something with messages of a folder. What is deleted in Trash is gone for good. */
export async function actOn(
  account: Account,
  folder: string,
  uids: readonly number[],
  action: MessageAction,
  target: string | undefined,
): Promise<void> {
  const range = uids.join(',');
  const flag = FLAGS[action];
  const to = flag === undefined ? await targetOf(account, action, target) : undefined;
  await account.inFolder(folder, async (client) => {
    const done =
      flag !== undefined
        ? await client[flag[0] ? 'messageFlagsAdd' : 'messageFlagsRemove'](range, [flag[1]], { uid: true })
        : to !== folder
          ? await client.messageMove(range, to ?? '', { uid: true })
          : action === 'delete'
            ? await client.messageDelete(range, { uid: true })
            : true;
    if (done === false) throw new ApiError(409, 'MAIL_SERVER_SAID_NO', 'The mail server did not do that.');
  });
  account.watch.tell({ folder, arrived: false });
  if (to !== undefined && to !== folder) account.watch.tell({ folder: to, arrived: false });
}

async function targetOf(account: Account, action: MessageAction, target: string | undefined): Promise<string> {
  const role = TARGETS[action];
  if (role !== undefined) return folderFor(await account.client(), role);
  if (target === undefined) throw new ApiError(400, 'NO_TARGET', 'Name the folder to move to.');
  return target;
}
