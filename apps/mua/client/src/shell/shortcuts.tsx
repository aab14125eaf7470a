import { useEffect, useRef } from 'react';
import type { MessageView } from '../../../src/api-types.ts';
import { useCompose } from '../compose/compose-provider.tsx';
import { useMessageCommands } from '../message/use-commands.ts';
import { currentRoute, go } from './route.ts';

interface Props {
  readonly message: MessageView | undefined;
  readonly onHelp: () => void;
  readonly onSearch: () => void;
}

/** Links of the list, in order; the one with the focus, or the one that is open. */
function moveFocus(step: 1 | -1, open: boolean): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('.list a.row')];
  const focused = links.findIndex((link) => link === document.activeElement);
  const at = focused >= 0 ? focused : links.findIndex((link) => link.getAttribute('aria-current') === 'true');
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))];
  next?.focus();
  if (open && next !== undefined) location.hash = next.hash;
}

const takesText = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Keys for those who keep their hands there (also from within a message's frame, see html-body). */
export function Shortcuts({ message, onHelp, onSearch }: Props) {
  const compose = useCompose();
  const commands = useMessageCommands(message);
  const handler = useRef<(event: KeyboardEvent) => void>(() => undefined);
  useEffect(() => {
    const close = () => {
      const { uid, ...list } = currentRoute();
      if (uid !== null) go(list);
    };
    const keys: Record<string, () => void> = {
      j: () => moveFocus(1, currentRoute().uid !== null),
      k: () => moveFocus(-1, currentRoute().uid !== null),
      c: () => compose.start({}),
      r: () => commands?.reply('reply'),
      a: () => commands?.reply('all'),
      f: () => commands?.reply('forward'),
      e: () => commands?.act('archive'),
      '#': () => commands?.act('delete'),
      s: () => commands?.act(message?.flagged === true ? 'unflag' : 'flag'),
      U: () => commands?.act('unread'),
      u: close,
      Escape: close,
      '/': onSearch,
      '?': onHelp,
    };
    handler.current = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (takesText(event.target) || compose.isOpen || document.querySelector('dialog[open]') !== null) return;
      const work = keys[event.key];
      if (work === undefined) return;
      event.preventDefault();
      work();
    };
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => handler.current(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
  return null;
}
