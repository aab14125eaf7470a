import { useEffect, useRef } from 'react';
import type { Folder } from '../../../src/api-types.ts';
import { useMessages } from '../api/mail.ts';
import { folderLabel } from '../shell/folder-label.ts';
import type { Route } from '../shell/route.ts';
import { MessageRow } from './message-row.tsx';

export function MessageList({ route, folders }: { route: Route; folders: readonly Folder[] | undefined }) {
  const list = useMessages(route.folder, route.search);
  const folder = folders?.find(({ path }) => path === route.folder);
  const title = folder === undefined ? (route.folder === 'INBOX' ? 'Inbox' : route.folder) : folderLabel(folder);
  const outgoing = folder?.role === 'sent' || folder?.role === 'drafts';
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    pane.current?.scrollTo({ top: 0 });
  }, [route.folder, route.search]);
  return (
    <section className="list" id="messages" aria-label={title} aria-busy={list.isPending} ref={pane}>
      <div className="list-head">
        <h1>{route.search === '' ? title : `“${route.search}”`}</h1>
        <p className="muted">{list.isPending ? ' ' : summary(list.total, route.search !== '', title)}</p>
      </div>
      {list.isPending && <Skeleton />}
      {list.isError && list.messages.length === 0 && (
        <div className="empty" role="alert">
          <p>{list.error.message}</p>
          <button className="button" type="button" onClick={() => void list.refetch()}>
            Try again
          </button>
        </div>
      )}
      {list.isSuccess && list.messages.length === 0 && <Empty search={route.search} role={folder?.role ?? null} />}
      <ul className="rows">
        {list.messages.map((message) => (
          <MessageRow key={message.uid} message={message} route={route} outgoing={outgoing} />
        ))}
      </ul>
      {list.hasNextPage && <More loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />}
    </section>
  );
}

function summary(total: number, search: boolean, title: string): string {
  const count = total === 1 ? '1 message' : `${total.toLocaleString()} messages`;
  return search ? `${count} found in ${title}` : count;
}

function Empty({ search, role }: { search: string; role: Folder['role'] }) {
  if (search !== '') return <Blank title="Nothing found" text="No message in this folder contains these words." />;
  if (role === 'inbox') return <Blank title="All read and done" text="New mail appears here by itself." />;
  return <Blank title="Nothing here" text="This folder is empty." />;
}

const Blank = ({ title, text }: { title: string; text: string }) => (
  <div className="empty">
    <h2>{title}</h2>
    <p className="muted">{text}</p>
  </div>
);

const Skeleton = () => (
  <div aria-hidden="true">
    {[1, 2, 3, 4, 5, 6].map((n) => (
      <div key={n} className="row-skeleton">
        <span className="skeleton round" />
        <span className="skeleton line" />
      </div>
    ))}
  </div>
);

/** Loads the next page when it comes into sight; the button is for those who do not scroll. */
function More({ loading, onMore }: { loading: boolean; onMore: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const more = useRef(onMore);
  useEffect(() => {
    more.current = onMore;
  });
  useEffect(() => {
    if (button.current === null || loading) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && more.current(),
    );
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [loading]);
  return (
    <button ref={button} className="button more" type="button" disabled={loading} onClick={onMore}>
      {loading ? 'Loading …' : 'Older messages'}
    </button>
  );
}
