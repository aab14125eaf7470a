import { useQueryClient } from '@tanstack/react-query';
import type { MessageAction, MessageView } from '../../../src/api-types.ts';
import { useAction } from '../api/actions.ts';
import type { ListData } from '../api/patch.ts';
import { removes } from '../api/patch.ts';
import { useCompose } from '../compose/compose-provider.tsx';
import type { ReplyKind } from '../compose/reply.ts';
import { currentRoute, go } from '../shell/route.ts';

export interface MessageCommands {
  act(action: MessageAction, target?: string): void;
  reply(kind: ReplyKind): void;
}

/** What can be done with the open message, or with the one in the list that has the focus. */
export function useMessageCommands(message: MessageView | undefined): MessageCommands | null {
  const action = useAction();
  const compose = useCompose();
  const queries = useQueryClient();
  const focused = () => {
    const uid = document.activeElement?.closest<HTMLElement>('.list a.row')?.dataset['uid'];
    return uid === undefined ? undefined : Number(uid);
  };
  return {
    act: (what, target) => {
      const { folder, search, uid: open } = currentRoute();
      const uid = open ?? focused();
      if (uid === undefined) return;
      const next = removes(what)
        ? neighbour(queries.getQueryData<ListData>(['messages', folder, search]), uid)
        : undefined;
      action.mutate({ folder, uids: [uid], action: what, ...(target === undefined ? {} : { target }) });
      if (removes(what)) {
        if (open !== null) go({ folder, search, uid: wide() ? (next ?? null) : null });
        focusRow(next, uid);
      } else if (what === 'unread' && open !== null) go({ folder, search });
    },
    reply: (kind) => {
      if (message !== undefined && message.uid === currentRoute().uid) compose.reply(message, kind);
    },
  };
}

const wide = () => matchMedia('(min-width: 900px)').matches;

/** The message below in the list, or above the last one. */
function neighbour(data: ListData | undefined, uid: number): number | undefined {
  const uids = data?.pages.flatMap((page) => page.messages.map((message) => message.uid)) ?? [];
  const at = uids.indexOf(uid);
  return at < 0 ? undefined : (uids[at + 1] ?? uids[at - 1]);
}

/** Once the row that had the focus is gone, keyboards go on at the next one; unless whoever was quick has gone elsewhere by then. */
function focusRow(uid: number | undefined, gone: number): void {
  if (uid === undefined) return;
  requestAnimationFrame(() => {
    const row = document.activeElement?.closest<HTMLElement>('.list a.row');
    if (row == null || row.dataset['uid'] === String(gone))
      document.querySelector<HTMLElement>(`.list a.row[data-uid="${uid}"]`)?.focus();
  });
}
