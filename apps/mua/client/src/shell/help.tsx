import { useEffect, useRef } from 'react';
import { Icon } from './icon.tsx';

const KEYS = [
  ['j / k', 'Next / previous message'],
  ['Enter', 'Open'],
  ['u or Esc', 'Back to the list'],
  ['c', 'New message'],
  ['r / a / f', 'Reply / reply to all / forward'],
  ['e', 'Archive'],
  ['#', 'Delete'],
  ['s', 'Flag'],
  ['Shift + U', 'Mark as unread'],
  ['/', 'Search'],
  ['Ctrl + Enter', 'Send'],
  ['?', 'This page'],
] as const;

export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={onClose}>
      <div className="help-head">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button className="icon-button" type="button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <dl className="keys">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
