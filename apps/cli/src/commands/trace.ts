import { Command } from 'commander';
import { at, query } from '../client.ts';
import type { Act, Context } from '../context.ts';
import { usageError } from '../io.ts';
import { bytes, duration, plain, type Style } from '../style.ts';

interface Event {
  readonly kind: 'event';
  readonly at: string;
  readonly agent: string;
  readonly step: string;
  readonly recipients?: readonly string[];
  readonly status?: string;
  readonly host?: string;
  readonly detail?: string;
}
interface Span {
  readonly kind: 'span';
  readonly at: string;
  readonly agent: string;
  readonly name: string;
  readonly durationMs: number;
  readonly relation: string;
  readonly depth: number;
  readonly error?: string;
}
export interface Story {
  readonly queueId: string;
  readonly messageId?: string;
  readonly sender?: string;
  readonly recipients: readonly string[];
  readonly size?: number;
  readonly at: string;
  readonly state: string;
  readonly related: readonly { readonly queueId: string; readonly relation: string; readonly detail?: string }[];
  readonly timeline: readonly (Event | Span)[];
}

/** `postroad trace ID`, or by address. */
export function traceCommand(act: Act): Command {
  return new Command('trace')
    .description('the story of a message, across agents and retries')
    .argument('[id]', 'Message-ID with or without angle brackets, queue id, trace id, or an address')
    .option('--sender <address>', 'messages of this sender')
    .option('--recipient <address>', 'messages to this recipient')
    .option('--limit <n>', 'at most so many messages', '5')
    .action(
      act(
        async (
          context,
          { sender, recipient, limit }: { sender?: string; recipient?: string; limit: string },
          id?: string,
        ) => {
          if ((id === undefined) === (sender === undefined && recipient === undefined))
            throw usageError('say an id, or --sender and --recipient');
          const path =
            id === undefined
              ? `/trace${query({ sender, recipient, limit })}`
              : `${at('/trace/{}', id)}${query({ limit })}`;
          const answer = await context.api.get<{ messages: Story[] }>(path);
          context.print(answer, () => answer.messages.map((story) => tell(story, context)).join('\n\n'));
        },
      ),
    );
}

const AGENT: Readonly<Record<string, Parameters<Style>[0]>> = { msa: 'blue', mta: 'magenta', mda: 'cyan' };
const STATE: Readonly<Record<string, Parameters<Style>[0]>> = {
  delivered: 'green',
  relayed: 'green',
  deferred: 'yellow',
  held: 'red',
  failed: 'red',
  refused: 'red',
};
const paint = (style: Style, map: typeof AGENT, word: string) =>
  map[word] === undefined ? word : style(map[word], word);

/** Times relative to the first step, agents under each other. */
function tell(story: Story, { style }: Context): string {
  const zero = Date.parse(story.timeline[0]?.at ?? story.at);
  const fact = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [`  ${style('dim', name.padEnd(11))} ${plain(value)}`];
  const after = (at: string) => `+${duration(Date.parse(at) - zero)}`.padStart(14);
  const agents = Math.max(3, ...story.timeline.map(({ agent }) => agent.length));
  const lines = story.timeline.map((entry) => {
    const agent = paint(style, AGENT, entry.agent) + ' '.repeat(agents - entry.agent.length);
    return `${style('dim', after(entry.at))}  ${agent}  ${entry.kind === 'span' ? spanLine(entry, style) : eventLine(entry, style)}`;
  });
  const related = story.related.map(
    ({ queueId, relation, detail }) =>
      `  ${relation === 'parent' ? 'made from' : 'led to'} ${queueId}${detail === undefined ? '' : ` (${plain(detail)})`}`,
  );
  return [
    `${style('bold', `message ${story.queueId}`)}  ${paint(style, STATE, story.state)}`,
    ...fact('from', story.sender),
    ...fact('to', story.recipients.join(', ')),
    ...fact('Message-ID', story.messageId === undefined ? undefined : `<${story.messageId}>`),
    ...fact('size', story.size === undefined ? undefined : bytes(story.size)),
    ...fact('began', story.timeline[0]?.at),
    '',
    ...lines,
    ...(related.length === 0 ? [] : ['', ...related]),
  ].join('\n');
}

function eventLine({ step, recipients, status, host, detail }: Event, style: Style): string {
  const who =
    recipients === undefined || recipients.length === 0
      ? ''
      : recipients.slice(0, 3).join(', ') + (recipients.length > 3 ? ` +${recipients.length - 3}` : '');
  const rest = [who, status, detail, host === undefined ? undefined : `host ${host}`].filter(
    (part) => part !== undefined && part !== '',
  );
  return `● ${paint(style, STATE, step)}${' '.repeat(Math.max(1, 11 - step.length))}${plain(rest.join('  '))}`.trimEnd();
}

function spanLine({ name, durationMs, depth, relation, error }: Span, style: Style): string {
  const mark = relation === 'linked' ? '⤷ ' : '├─';
  return `${style('dim', `${'  '.repeat(Math.min(depth, 6))}${mark} ${plain(name)}  ${duration(durationMs)}`)}${error === undefined ? '' : `  ${style('red', plain(error))}`}`;
}
