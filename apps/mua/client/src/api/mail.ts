import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Folder, MessagePage, MessageSummary, MessageView } from '../../../src/api-types.ts';
import { api, query } from './http.ts';
import { isLeaving } from './leaving.ts';
import type { ListData } from './patch.ts';

export function useFolders() {
  return useQuery({ queryKey: ['folders'], queryFn: () => api<Folder[]>('/api/folders') });
}

/** A folder, or what was found in it, newest first, page by page. */
export function useMessages(folder: string, search: string) {
  const result = useInfiniteQuery<MessagePage, Error, ListData, readonly string[], number>({
    queryKey: ['messages', folder, search],
    queryFn: ({ pageParam, signal }) =>
      api<MessagePage>(`/api/messages?${query({ folder, search, offset: pageParam })}`, { signal }),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
  });
  const messages = useMemo(
    () => unique(result.data?.pages ?? []).filter(({ uid }) => !isLeaving(folder, uid)),
    [result.data, folder],
  );
  return { ...result, messages, total: result.data?.pages[0]?.total ?? 0 };
}

/** Mail that arrives between two pages moves a message from one to the next: it is shown once. */
function unique(pages: readonly MessagePage[]): MessageSummary[] {
  const byUid = new Map<number, MessageSummary>();
  for (const page of pages)
    for (const message of page.messages) if (!byUid.has(message.uid)) byUid.set(message.uid, message);
  return [...byUid.values()];
}

/** A message to read; reading marks it as read, so lists and counts are asked again. */
export function useMessage(folder: string, uid: number | null) {
  const queries = useQueryClient();
  const result = useQuery({
    queryKey: ['message', folder, uid],
    queryFn: ({ signal }) => api<MessageView>(`/api/message?${query({ folder, uid: uid ?? 0 })}`, { signal }),
    enabled: uid !== null,
    staleTime: Infinity,
  });
  const opened = result.data?.uid;
  useEffect(() => {
    if (opened === undefined) return;
    void queries.invalidateQueries({ queryKey: ['messages', folder] });
    void queries.invalidateQueries({ queryKey: ['folders'] });
  }, [queries, folder, opened]);
  return result;
}
