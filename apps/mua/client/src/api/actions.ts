import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { MessageAction, MessageView } from '../../../src/api-types.ts';
import { useSay } from '../shell/say.tsx';
import { api } from './http.ts';
import { beginLeaving, endLeaving } from './leaving.ts';
import { type ListData, patchList, patchMessage, removes } from './patch.ts';

export interface ActionRequest {
  readonly folder: string;
  readonly uids: readonly number[];
  readonly action: MessageAction;
  readonly target?: string;
}

const DONE: Partial<Record<MessageAction, string>> = {
  archive: 'Archived',
  delete: 'Deleted',
  junk: 'Moved to Junk',
  move: 'Moved',
  unread: 'Marked as unread',
};

/** Does something with messages: seen at once, taken back when the server does not do it. */
export function useAction() {
  const queries = useQueryClient();
  const say = useSay();
  return useMutation({
    mutationFn: (request: ActionRequest) => api<void>('/api/actions', { method: 'POST', json: request }),
    onMutate: ({ folder, uids, action }: ActionRequest) => {
      const set = new Set(uids);
      if (removes(action)) beginLeaving(folder, uids);
      queries.setQueriesData<ListData>({ queryKey: ['messages', folder] }, (data) => patchList(data, set, action));
      for (const uid of uids)
        queries.setQueryData<MessageView>(['message', folder, uid], (message) => patchMessage(message, action));
    },
    onError: (error, { folder, uids }) => {
      endLeaving(folder, uids);
      say(error.message, 'error');
      void queries.invalidateQueries({ queryKey: ['message', folder] });
    },
    onSuccess: (_, { action }) => {
      const text = DONE[action];
      if (text !== undefined) say(text);
    },
    onSettled: (_, __, { folder, uids }) => {
      // until the list was read anew: answers that are on their way were given before
      void queries.invalidateQueries({ queryKey: ['messages', folder] }).then(() => endLeaving(folder, uids));
      void queries.invalidateQueries({ queryKey: ['folders'] });
    },
  });
}
