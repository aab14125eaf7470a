import { Command, Option } from 'commander';
import { at, query } from '../client.ts';
import type { Act, Context } from '../context.ts';
import { bytes, duration, plain, table } from '../style.ts';

interface QueueRecord {
  readonly queueId: string;
  readonly domain: string;
  readonly transport: string;
  readonly pool: string;
  readonly state: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly attempts: number;
  readonly expiresAt: string;
  readonly dueAt?: string;
  readonly lastStatus?: { readonly status: string; readonly diagnostic: string; readonly remoteMta?: string };
  readonly heldBecause?: string;
}
interface Listing {
  readonly counts: Readonly<Record<string, number>>;
  readonly records: QueueRecord[];
  readonly next?: string;
  readonly cut: boolean;
}
interface Shown {
  readonly queueId: string;
  readonly envelope: {
    readonly sender: string;
    readonly recipients: readonly string[];
    readonly recipientCount: number;
    readonly size: number;
    readonly receivedAt: string;
    readonly origin: string;
    readonly messageId?: string;
  } | null;
  readonly ageSeconds?: number;
  readonly records: readonly QueueRecord[];
}
interface Results {
  readonly results: readonly { readonly domain: string; readonly result: string; readonly state: string }[];
}

const STATES = ['ready', 'attempting', 'deferred', 'held', 'done'];
const PAGE = 500;
const ACTS = {
  hold: 'set the undelivered records of a message aside',
  release: 'end a hold: due at once',
  retry: 'try again now what waits for a later time',
  cancel: 'give up: the sender is told, as at expiry',
} as const;

/** `postroad queue list|show|hold|release|retry|cancel|move` */
export function queueCommand(act: Act): Command {
  const queue = new Command('queue').description('mail on its way to other systems, or waiting for room in a mailbox');
  queue
    .command('list')
    .alias('ls')
    .description('list the queue, oldest message first')
    .addOption(new Option('--state <state>', 'only this state').choices(STATES))
    .option('--domain <name>', 'only this destination')
    .option('--limit <n>', 'at most so many records', Number, 1_000)
    .action(act((context, options: { state?: string; domain?: string; limit: number }) => list(context, options)));
  queue
    .command('show <id>')
    .description('one message: its envelope and records')
    .action(
      act(async (context, _options: object, id: string) => {
        const shown = await context.api.get<Shown>(at('/queue/{}', id));
        context.print(shown, () => describe(shown));
      }),
    );
  queue
    .command('move')
    .description('move what waits in one source pool to another, e.g. of a pool that is to go')
    .requiredOption('--pool <name>', 'pool that it waits in')
    .requiredOption('--to <name>', 'pool that is to send it')
    .action(act((context, options: { pool: string; to: string }) => move(context, options)));
  for (const [name, summary] of Object.entries(ACTS)) {
    const command = queue.command(`${name} <id>`).description(summary);
    if (name === 'hold' || name === 'cancel') command.option('--because <text>', 'why; kept with the record');
    command.action(
      act(async (context, { because }: { because?: string }, id: string) => {
        const answer = await context.api.post<Results>(
          at(`/queue/{}/${name}`, id),
          because === undefined ? {} : { because },
        );
        if (answer.results.some(({ result }) => result === 'busy')) context.exitCode = 1;
        context.print(answer, () =>
          answer.results
            .map(({ domain, result, state }) => `${domain}: ${SAID[result] ?? result} (${state})`)
            .join('\n'),
        );
      }),
    );
  }
  return queue;
}

const SAID: Readonly<Record<string, string>> = {
  changed: 'done',
  unchanged: 'nothing to do',
  busy: 'an attempt is under way; try again when it has ended',
};

/** In parts, so that each is answered soon. */
async function move(context: Context, { pool, to }: { pool: string; to: string }): Promise<void> {
  const all = { moved: 0, busy: 0, unreadable: 0, unchanged: 0 };
  let after: string | undefined = '';
  while (after !== undefined) {
    const part: typeof all & { next?: string } = await context.api.post('/pools/move', { from: pool, to, after });
    for (const key of ['moved', 'busy', 'unreadable', 'unchanged'] as const) all[key] += part[key];
    after = part.next;
  }
  if (all.busy + all.unreadable > 0) context.exitCode = 1;
  context.print(all, () =>
    [
      `${all.moved} moved from ${pool} to ${to}`,
      ...(all.busy > 0 ? [`${all.busy} are being tried just now: say it again in a moment`] : []),
      ...(all.unreadable > 0 ? [`${all.unreadable} are of another release and stayed where they are`] : []),
    ].join('\n'),
  );
}

/** Page by page, up to the limit. */
async function list(
  context: Context,
  { state, domain, limit }: { state?: string; domain?: string; limit: number },
): Promise<void> {
  const records: QueueRecord[] = [];
  let page: Listing;
  let after: string | undefined;
  do {
    const room = String(Math.max(1, Math.min(PAGE, limit - records.length)));
    page = await context.api.get<Listing>(`/queue${query({ state, domain, after, limit: room })}`);
    records.push(...page.records);
    after = page.next;
  } while (after !== undefined && records.length < limit);
  const rows = records.map((r) => [
    r.queueId,
    r.state,
    r.domain,
    r.pool,
    r.sender,
    `${r.recipients.length}`,
    due(r),
    r.heldBecause ?? r.lastStatus?.diagnostic ?? '',
  ]);
  context.print({ counts: page.counts, records, more: after !== undefined || page.cut }, () =>
    [
      ...(rows.length === 0
        ? []
        : [
            table(
              ['QUEUE ID', 'STATE', 'DESTINATION', 'POOL', 'FROM', 'RCPTS', 'DUE', 'LAST ANSWER'],
              rows,
              context.style,
            ),
          ]),
      context.style('dim', `${summary(page.counts)}${after !== undefined ? '; more stand there: --limit' : ''}`),
    ].join('\n'),
  );
}

/** How much waits. What is done stands there for some minutes more, and is nobody's worry. */
function summary({ done = 0, ...waiting }: Listing['counts']): string {
  const counts = Object.entries(waiting)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${n} ${name}`);
  if (counts.length > 0) return counts.join(', ');
  return done === 0 ? 'the queue is empty' : `nothing waits (${done} done, removed in some minutes)`;
}

function due({ dueAt }: QueueRecord): string {
  if (dueAt === undefined) return '–';
  const ms = Date.parse(dueAt) - Date.now();
  return ms <= 0 ? 'now' : `in ${duration(ms)}`;
}

function describe({ queueId, envelope, ageSeconds, records }: Shown): string {
  const line = (name: string, value: string) => `  ${name.padEnd(12)}${plain(value)}`;
  const head =
    envelope === null
      ? ['  its content is gone already']
      : [
          line('from', envelope.sender),
          line(
            'to',
            envelope.recipients.join(', ') +
              (envelope.recipientCount > envelope.recipients.length
                ? ` and ${envelope.recipientCount - envelope.recipients.length} more`
                : ''),
          ),
          line('size', bytes(envelope.size)),
          line('arrived', `${envelope.receivedAt} (${duration((ageSeconds ?? 0) * 1_000)} ago, ${envelope.origin})`),
          ...(envelope.messageId === undefined ? [] : [line('Message-ID', `<${envelope.messageId}>`)]),
        ];
  const parts = records.flatMap((r) => [
    '',
    `  ${r.domain} (${r.transport === 'smtp' ? `smtp, pool ${r.pool}` : r.transport}): ${r.state}, ${r.attempts} ${r.attempts === 1 ? 'attempt' : 'attempts'}`,
    ...(r.recipients.length === 0 ? [] : [line('  waiting', r.recipients.join(', '))]),
    ...(r.dueAt === undefined ? [] : [line('  next', `${r.dueAt} (${due(r)}), given up ${r.expiresAt}`)]),
    ...(r.heldBecause === undefined ? [] : [line('  held', r.heldBecause)]),
    ...(r.lastStatus === undefined
      ? []
      : [line('  last', `${r.lastStatus.status} ${r.lastStatus.diagnostic} ${r.lastStatus.remoteMta ?? ''}`.trim())]),
  ]);
  return [`message ${queueId}`, ...head, ...parts].join('\n');
}
