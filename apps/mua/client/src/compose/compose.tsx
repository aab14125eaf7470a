import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { SessionInfo } from '../../../src/api-types.ts';
import { Icon } from '../shell/icon.tsx';
import { AttachmentsField } from './attachments-field.tsx';
import { Fields } from './fields.tsx';
import type { Start } from './reply.ts';
import { useComposing } from './use-composing.ts';

interface Props {
  readonly sendKey: string;
  readonly start: Start;
  readonly session: SessionInfo;
  readonly onClose: () => void;
}

/** A message being written, in a window of its own beside the mail. */
export function Compose({ sendKey, start, session, onClose }: Props) {
  const composing = useComposing(sendKey, start, session, onClose);
  const { fields, change, files, problem, sending } = composing;
  const panel = useRef<HTMLElement>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  useFocus(panel, text, start);
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      void composing.putAway();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      composing.send();
    }
  };
  const title = fields.subject || 'New message';
  return (
    <section ref={panel} className="compose" role="dialog" aria-label={title} onKeyDown={keys}>
      <header className="compose-head">
        <h2>{title}</h2>
        <span className="muted" role="status">
          {composing.saved}
        </span>
        <button
          className="icon-button"
          type="button"
          aria-label="Close and keep as a draft"
          onClick={() => void composing.putAway()}
        >
          <Icon name="close" />
        </button>
      </header>
      <form
        className="compose-form"
        onSubmit={(event) => {
          event.preventDefault();
          composing.send();
        }}
      >
        <Fields fields={fields} change={change} />
        <textarea
          ref={text}
          className="compose-text"
          aria-label="Message"
          value={fields.text}
          maxLength={1_000_000}
          onChange={(event) => change({ text: event.target.value })}
        />
        <AttachmentsField files={files} limit={session.uploadLimit} />
        <div className="compose-problem" role="alert">
          {problem}
        </div>
        <footer className="compose-foot">
          <button className="button primary" type="submit" disabled={sending || files.busy}>
            <Icon name="sent" /> {sending ? 'Sending …' : 'Send'}
          </button>
          <label className="icon-button" title="Attach files">
            <Icon name="clip" />
            <span className="sr-only">Attach files</span>
            <input className="sr-only" type="file" multiple onChange={(event) => files.add(event.target)} />
          </label>
          <span className="toolbar-gap" />
          <button
            className="icon-button"
            type="button"
            aria-label="Discard"
            title="Discard"
            onClick={() => void composing.discard()}
          >
            <Icon name="trash" />
          </button>
        </footer>
      </form>
    </section>
  );
}

/** Begins where there is something to write, and gives the focus back at the end. */
function useFocus(
  panel: { current: HTMLElement | null },
  text: { current: HTMLTextAreaElement | null },
  start: Start,
): void {
  useEffect(() => {
    const before = document.activeElement;
    if (start.to !== undefined && start.to !== '') {
      text.current?.focus();
      text.current?.setSelectionRange(0, 0);
      if (text.current !== null) text.current.scrollTop = 0;
    } else panel.current?.querySelector<HTMLElement>('input[name="to"]')?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [panel, text, start]);
}
