import type { MessageSummary } from '../../../src/api-types.ts';
import { Icon } from '../shell/icon.tsx';
import { type Route, routeHash } from '../shell/route.ts';
import { initials, longDate, namesOf, shortDate, tint } from './format.ts';

interface Props {
  readonly message: MessageSummary;
  readonly route: Route;
  /** The folder holds what we wrote: the other side is the recipient. */
  readonly outgoing: boolean;
}

export function MessageRow({ message, route, outgoing }: Props) {
  const others = outgoing ? message.to : message.from;
  const [other] = others;
  const current = message.uid === route.uid;
  return (
    <li>
      <a
        className="row"
        href={routeHash({ folder: route.folder, uid: message.uid, search: route.search })}
        aria-current={current ? 'true' : undefined}
        data-unread={message.unread}
        data-uid={message.uid}
      >
        <span className="avatar" data-tint={tint(other?.address ?? '')} aria-hidden="true">
          {initials(other)}
        </span>
        <span className="row-people">
          {message.unread && <span className="sr-only">Unread, </span>}
          {outgoing && <span className="muted">To </span>}
          {namesOf(others) || (outgoing ? 'nobody yet' : 'unknown sender')}
        </span>
        <time className="row-date" dateTime={message.date} title={longDate(message.date)}>
          {shortDate(message.date)}
        </time>
        <span className="row-subject">{message.subject || '(no subject)'}</span>
        <span className="row-marks">
          {message.answered && <Mark icon="reply" label="answered" />}
          {message.attachments && <Mark icon="clip" label="with attachments" />}
          {message.flagged && <Mark icon="star" label="flagged" filled />}
        </span>
      </a>
    </li>
  );
}

const Mark = ({
  icon,
  label,
  filled = false,
}: {
  icon: 'reply' | 'clip' | 'star';
  label: string;
  filled?: boolean;
}) => (
  <span className={`mark mark-${icon}`} title={label}>
    <Icon name={icon} filled={filled} />
    <span className="sr-only">, {label}</span>
  </span>
);
