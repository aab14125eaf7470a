import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import type { MessageView, SessionInfo } from '../../../src/api-types.ts';
import { longDate } from '../list/format.ts';
import { plainText } from '../message/sanitise.ts';
import { Compose } from './compose.tsx';
import { formatPeople, type ReplyKind, replyStart, type Start } from './reply.ts';

interface ComposeCommands {
  readonly isOpen: boolean;
  start(start: Start): void;
  reply(message: MessageView, kind: ReplyKind): void;
  /** Goes on with a draft. */
  resume(draft: MessageView): void;
}

const ComposeContext = createContext<ComposeCommands | null>(null);

export function useCompose(): ComposeCommands {
  const commands = useContext(ComposeContext);
  if (commands === null) throw new Error('outside of ComposeProvider');
  return commands;
}

const bodyOf = ({ text, html }: MessageView) => text ?? (html === null ? '' : plainText(html));

/** The one message being written. What another command would start waits until it is sent or put away. */
export function ComposeProvider({ session, children }: { session: SessionInfo; children: ReactNode }) {
  const [open, setOpen] = useState<{ key: string; start: Start } | null>(null);
  const commands = useMemo<ComposeCommands>(() => {
    const begin = (start: Start) => setOpen((before) => before ?? { key: crypto.randomUUID(), start });
    return {
      isOpen: open !== null,
      start: begin,
      reply: (message, kind) =>
        begin(replyStart(message, kind, session.address, bodyOf(message), longDate(message.date))),
      resume: (draft) =>
        begin({
          to: formatPeople(draft.to),
          cc: formatPeople(draft.cc),
          bcc: formatPeople(draft.bcc),
          subject: draft.subject,
          text: bodyOf(draft).replaceAll('\r\n', '\n'),
          references: draft.references,
          inReplyTo: draft.references.at(-1) ?? '',
          draftUid: draft.uid,
          reuse: draft.files.map(({ part, name }) => ({ folder: draft.folder, uid: draft.uid, part, name })),
        }),
    };
  }, [open, session.address]);
  return (
    <ComposeContext value={commands}>
      {children}
      {open !== null && (
        <Compose key={open.key} sendKey={open.key} start={open.start} session={session} onClose={() => setOpen(null)} />
      )}
    </ComposeContext>
  );
}
