import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Folder, MessageView, SessionInfo } from '../../../src/api-types.ts';
import { useCompose } from '../compose/compose-provider.tsx';
import type { Route } from '../shell/route.ts';
import { Attachments } from './attachments.tsx';
import { HtmlBody } from './html-body.tsx';
import { MessageHeader } from './message-header.tsx';
import { TextBody } from './text-body.tsx';
import { Toolbar } from './toolbar.tsx';
import { useMessageCommands } from './use-commands.ts';

interface Props {
  readonly route: Route;
  readonly message: UseQueryResult<MessageView>;
  readonly folders: readonly Folder[] | undefined;
  readonly session: SessionInfo;
}

export function MessagePane({ route, message, folders, session }: Props) {
  const commands = useMessageCommands(message.data);
  return (
    <main className="reader" aria-label="Message" aria-busy={route.uid !== null && message.isPending}>
      {route.uid === null ? (
        <div className="empty reader-empty">
          <p className="muted">Choose a message to read it here.</p>
        </div>
      ) : message.isError ? (
        <div className="empty" role="alert">
          <p>{message.error.message}</p>
        </div>
      ) : message.data === undefined ? (
        <ReaderSkeleton />
      ) : (
        <Message
          key={message.data.uid}
          message={message.data}
          route={route}
          folders={folders}
          session={session}
          commands={commands}
        />
      )}
    </main>
  );
}

interface MessageProps {
  readonly message: MessageView;
  readonly route: Route;
  readonly folders: readonly Folder[] | undefined;
  readonly session: SessionInfo;
  readonly commands: ReturnType<typeof useMessageCommands>;
}

function Message({ message, route, folders, session, commands }: MessageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const compose = useCompose();
  const draft = folders?.find(({ path }) => path === message.folder)?.role === 'drafts';
  // Screen readers begin with the subject; in wide windows j and k go on in the list.
  useEffect(() => {
    if (!document.activeElement?.matches('.list a.row') || !matchMedia('(min-width: 900px)').matches)
      heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <article className="message">
      <Toolbar message={message} route={route} folders={folders} commands={commands} />
      <div className="message-scroll">
        <h2 ref={heading} className="subject" tabIndex={-1}>
          {message.subject || '(no subject)'}
        </h2>
        <MessageHeader message={message} me={session.address} />
        {draft && (
          <div className="notice">
            <span>This is a draft.</span>
            <button className="button" type="button" onClick={() => compose.resume(message)}>
              Go on writing
            </button>
          </div>
        )}
        {message.html === null ? (
          <TextBody text={message.text ?? ''} />
        ) : (
          <HtmlBody html={message.html} message={message} />
        )}
        {message.truncated && <p className="notice">This message is very long; only its beginning is shown.</p>}
        <Attachments message={message} />
      </div>
    </article>
  );
}

const ReaderSkeleton = () => (
  <div className="reader-skeleton" aria-hidden="true">
    <span className="skeleton title" />
    <span className="skeleton line" />
    <span className="skeleton block" />
  </div>
);
