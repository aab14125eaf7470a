import type { MessageView, Person } from '../../../src/api-types.ts';

export type ReplyKind = 'reply' | 'all' | 'forward';

/** Fields a new message starts with. */
export interface Start {
  readonly to?: string;
  readonly cc?: string;
  readonly bcc?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  readonly answers?: { readonly folder: string; readonly uid: number } | null;
  readonly draftUid?: number | null;
  /** Attachments of a stored message to take along. */
  readonly reuse?: readonly {
    readonly folder: string;
    readonly uid: number;
    readonly part: string;
    readonly name: string;
  }[];
}

/** An address as a field shows it; names with marks in them are quoted (RFC 5322 §3.4). */
export function formatPerson({ name, address }: Person): string {
  if (name === '' || name === address) return address;
  const plain = /^[\p{L}\p{N} '_-]+$/u.test(name);
  return `${plain ? name : `"${name.replaceAll(/["\\]/g, '')}"`} <${address}>`;
}

export const formatPeople = (people: readonly Person[]) => people.map(formatPerson).join(', ');

const prefixed = (prefix: string, subject: string, already: RegExp) =>
  already.test(subject) ? subject : `${prefix} ${subject}`.trim();

const same = (a: Person, b: string) => a.address.toLowerCase() === b.toLowerCase();

/** Starting fields of an answer (RFC 5322 §3.6.3, §3.6.4). `body` is the message's text. */
export function replyStart(message: MessageView, kind: ReplyKind, me: string, body: string, date: string): Start {
  const [sender] = message.from;
  if (kind === 'forward') {
    const head = [
      '---------- Forwarded message ----------',
      `From: ${formatPeople(message.from)}`,
      `Date: ${date}`,
      `Subject: ${message.subject}`,
      `To: ${formatPeople(message.to)}`,
    ];
    return {
      subject: prefixed('Fwd:', message.subject, /^(?:fwd?|wg):/i),
      text: `\n\n${head.join('\n')}\n\n${body}`,
      reuse: message.files.map(({ part, name }) => ({ folder: message.folder, uid: message.uid, part, name })),
    };
  }
  const mine = message.from.some((person) => same(person, me));
  const to = mine ? message.to : message.replyTo.length > 0 ? message.replyTo : message.from;
  const others = [...message.to, ...message.cc].filter(
    (person) => !same(person, me) && !to.some((each) => same(each, person.address)),
  );
  return {
    to: formatPeople(to),
    cc: kind === 'all' ? formatPeople(mine ? message.cc : others) : '',
    subject: prefixed('Re:', message.subject, /^(?:re|aw):/i),
    text: `\n\nOn ${date}, ${sender === undefined ? 'somebody' : sender.name || sender.address} wrote:\n${quoted(body)}`,
    inReplyTo: message.messageId,
    references: [...message.references, message.messageId].filter((id) => id !== ''),
    answers: { folder: message.folder, uid: message.uid },
  };
}

const quoted = (text: string) =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`.trimEnd()))
    .join('\n');
