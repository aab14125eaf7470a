import { useCallback, useEffect, useRef, useState } from 'react';
import type { SessionInfo } from '../../../src/api-types.ts';
import { useLive } from '../api/live.ts';
import { useFolders, useMessage } from '../api/mail.ts';
import { ComposeProvider } from '../compose/compose-provider.tsx';
import { MessageList } from '../list/message-list.tsx';
import { MessagePane } from '../message/message-pane.tsx';
import { Help } from './help.tsx';
import { useRoute } from './route.ts';
import { SayProvider, useSay } from './say.tsx';
import { Shortcuts } from './shortcuts.tsx';
import { Sidebar } from './sidebar.tsx';
import { TopBar } from './top-bar.tsx';

export function Shell({ session }: { session: SessionInfo }) {
  return (
    <SayProvider>
      <ComposeProvider session={session}>
        <Panes session={session} />
      </ComposeProvider>
    </SayProvider>
  );
}

function Panes({ session }: { session: SessionInfo }) {
  const route = useRoute();
  const say = useSay();
  const [menu, setMenu] = useState(false);
  const [help, setHelp] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const online = useLive(useCallback(() => say('New message'), [say]));
  const folders = useFolders();
  const message = useMessage(route.folder, route.uid);
  useTitle(folders.data?.find(({ role }) => role === 'inbox')?.unread ?? 0);
  useEffect(() => setMenu(false), [route.folder, route.search, route.uid]);
  const closeMenu = (event: { preventDefault(): void }) => {
    event.preventDefault();
    setMenu(false);
    document.querySelector<HTMLElement>('.menu-button')?.focus();
  };
  return (
    <div
      className="shell"
      data-reading={route.uid !== null}
      data-menu={menu}
      onKeyDown={(event) => menu && event.key === 'Escape' && closeMenu(event)}
    >
      <a className="skip" href="#messages" onClick={(event) => skipTo(event, '.list a')}>
        Skip to messages
      </a>
      <TopBar
        route={route}
        search={search}
        onMenu={() => setMenu((open) => !open)}
        onHelp={() => setHelp(true)}
        online={online}
        menu={menu}
      />
      <Sidebar session={session} route={route} folders={folders.data} onClose={() => setMenu(false)} />
      <MessageList route={route} folders={folders.data} />
      <MessagePane route={route} message={message} folders={folders.data} session={session} />
      <Shortcuts message={message.data} onHelp={() => setHelp(true)} onSearch={() => search.current?.focus()} />
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}

function useTitle(unread: number): void {
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Postroad` : 'Postroad';
  }, [unread]);
}

function skipTo(event: { preventDefault(): void }, selector: string): void {
  event.preventDefault();
  document.querySelector<HTMLElement>(selector)?.focus();
}
