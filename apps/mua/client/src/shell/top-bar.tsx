import { type FormEvent, type RefObject, useEffect, useState } from 'react';
import { useCompose } from '../compose/compose-provider.tsx';
import { Icon } from './icon.tsx';
import { go, type Route } from './route.ts';

interface Props {
  readonly route: Route;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly online: boolean;
  readonly menu: boolean;
  readonly onMenu: () => void;
  readonly onHelp: () => void;
}

export function TopBar({ route, search, online, menu, onMenu, onHelp }: Props) {
  const compose = useCompose();
  const [text, setText] = useState(route.search);
  useEffect(() => setText(route.search), [route.search]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go({ folder: route.folder, search: text.trim() });
    search.current?.blur();
  };
  return (
    <header className="top">
      <button
        className="icon-button menu-button"
        type="button"
        aria-label="Folders"
        aria-expanded={menu}
        onClick={onMenu}
      >
        <Icon name="menu" />
      </button>
      <a className="brand" href="#/INBOX" aria-label="Postroad: inbox">
        <img src="/icon.svg" width="26" height="26" alt="" />
        <span>Postroad</span>
      </a>
      <form className="search" role="search" onSubmit={submit}>
        <Icon name="search" />
        <input
          ref={search}
          type="search"
          aria-label="Search this folder"
          placeholder="Search"
          value={text}
          maxLength={200}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
        {route.search !== '' && (
          <button
            className="icon-button small"
            type="button"
            aria-label="End the search"
            onClick={() => go({ folder: route.folder })}
          >
            <Icon name="close" />
          </button>
        )}
      </form>
      <span className="offline" role="status">
        {online ? '' : 'Reconnecting …'}
      </span>
      <button
        className="icon-button write-button"
        type="button"
        aria-label="New message"
        onClick={() => compose.start({})}
      >
        <Icon name="pencil" />
      </button>
      <button className="icon-button help-button" type="button" aria-label="Keyboard shortcuts" onClick={onHelp}>
        <Icon name="help" />
      </button>
    </header>
  );
}
