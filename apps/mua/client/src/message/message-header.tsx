import type { MessageView, Person } from '../../../src/api-types.ts';
import { initials, longDate, nameOf, shortDate, tint } from '../list/format.ts';

export function MessageHeader({ message, me }: { message: MessageView; me: string }) {
  const [sender] = message.from;
  return (
    <header className="message-head">
      <span className="avatar large" data-tint={tint(sender?.address ?? '')} aria-hidden="true">
        {initials(sender)}
      </span>
      <div className="message-people">
        <div className="sender">
          <strong>{sender === undefined ? 'Unknown sender' : nameOf(sender)}</strong>
          {sender !== undefined && sender.name !== '' && <span className="muted address">{sender.address}</span>}
        </div>
        <People label="To" people={message.to} me={me} />
        <People label="Cc" people={message.cc} me={me} />
        <People label="Bcc" people={message.bcc} me={me} />
      </div>
      <time className="muted message-date" dateTime={message.date} title={longDate(message.date)}>
        {shortDate(message.date)}
      </time>
    </header>
  );
}

function People({ label, people, me }: { label: string; people: readonly Person[]; me: string }) {
  if (people.length === 0) return null;
  return (
    <div className="recipients muted">
      {label}{' '}
      {people.map((person, i) => (
        <span key={person.address} title={person.address}>
          {i > 0 && ', '}
          {person.address.toLowerCase() === me.toLowerCase() ? 'me' : nameOf(person)}
        </span>
      ))}
    </div>
  );
}
