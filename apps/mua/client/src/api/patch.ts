import type { InfiniteData } from '@tanstack/react-query';
import type { MessageAction, MessagePage, MessageSummary } from '../../../src/api-types.ts';

export type ListData = InfiniteData<MessagePage, number>;

const FLAGS: Partial<Record<MessageAction, Partial<MessageSummary>>> = {
  read: { unread: false },
  unread: { unread: true },
  flag: { flagged: true },
  unflag: { flagged: false },
};

export const removes = (action: MessageAction) => FLAGS[action] === undefined;

/** The list as it will be once the server has done what was asked, so that nobody waits for it. */
export function patchList(
  data: ListData | undefined,
  uids: ReadonlySet<number>,
  action: MessageAction,
): ListData | undefined {
  const flags = FLAGS[action];
  return (
    data && {
      ...data,
      pages: data.pages.map((page) => ({
        ...page,
        messages:
          flags === undefined
            ? page.messages.filter(({ uid }) => !uids.has(uid))
            : page.messages.map((message) => (uids.has(message.uid) ? { ...message, ...flags } : message)),
      })),
    }
  );
}

export const patchMessage = <T extends MessageSummary>(message: T | undefined, action: MessageAction): T | undefined =>
  message && { ...message, ...FLAGS[action] };
