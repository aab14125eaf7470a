import { Command, InvalidArgumentError } from 'commander';
import { at, query } from '../client.ts';
import type { Act, Context } from '../context.ts';
import { usageError } from '../io.ts';
import { bytes, table } from '../style.ts';

interface Expunged {
  readonly id: number;
  readonly mailbox: string;
  readonly expungedAt: string;
  readonly size: number;
  readonly subject: string;
  readonly from: string;
}

interface Filter {
  readonly mailbox?: string;
  readonly since?: string;
  readonly limit?: string;
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2h`, `3d`, or a date: since when. */
function parseSince(text: string): string {
  const ago = /^(\d{1,6})([mhd])$/.exec(text);
  const time = ago ? Date.now() - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0) : Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('say it like 2h, 3d or 2026-11-23.');
  return new Date(time).toISOString();
}

function withFilter(command: Command): Command {
  return command
    .option('--mailbox <name>', 'only what was in this mailbox')
    .option('--since <when>', 'only what was deleted since, e.g. 2h, 3d or 2026-11-23', parseSince)
    .option('--limit <n>', 'at most so many, newest first', '1000');
}

/** `postroad mailbox usage|deleted|restore` */
export function mailboxCommand(act: Act): Command {
  const mailbox = new Command('mailbox').description('what an account holds, and what it has deleted');
  mailbox
    .command('usage <address>')
    .description('octets and messages an account holds')
    .action(
      act(async (context, _options: object, address: string) => {
        const usage = await context.api.get<{ bytes: number; messages: number }>(at('/accounts/{}/usage', address));
        context.print(usage, () => `${bytes(usage.bytes)} in ${usage.messages} messages`);
      }),
    );
  withFilter(mailbox.command('deleted <address>').description('deleted mail that can be brought back')).action(
    act(async (context, filter: Filter, address: string) => {
      const messages = await listed(context, address, filter);
      const rows = messages.map((m) => [`${m.id}`, m.expungedAt, m.mailbox, bytes(m.size), m.from, m.subject]);
      context.print({ messages }, () =>
        rows.length === 0
          ? 'nothing that was deleted can be brought back'
          : table(['ID', 'DELETED', 'MAILBOX', 'SIZE', 'FROM', 'SUBJECT'], rows, context.style),
      );
    }),
  );
  withFilter(
    mailbox
      .command('restore <address> [ids...]')
      .description('bring deleted mail back: the ids that `mailbox deleted` shows, or --all that a filter finds')
      .option('--all', 'everything the filter finds')
      .option('--into <mailbox>', 'put it there instead of where it was'),
  ).action(
    act(async (context, options: Filter & { all?: boolean; into?: string }, address: string, ids: string[]) => {
      const { all, into, ...filter } = options;
      if (ids.length > 0 === (all === true)) throw usageError('name the ids, or say --all');
      const chosen = all === true ? (await listed(context, address, filter)).map(({ id }) => id) : ids.map(Number);
      if (chosen.some((id) => !Number.isSafeInteger(id))) throw usageError('an id is a number');
      const body = { ids: chosen, ...(into === undefined ? {} : { mailbox: into }) };
      const { restored } =
        chosen.length === 0
          ? { restored: 0 }
          : await context.api.post<{ restored: number }>(at('/accounts/{}/restore', address), body);
      context.print({ restored }, () => `brought back ${restored} of ${chosen.length} messages`);
    }),
  );
  return mailbox;
}

async function listed(context: Context, address: string, { mailbox, since, limit }: Filter): Promise<Expunged[]> {
  const path = at('/accounts/{}/expunged', address) + query({ mailbox, since, limit });
  return (await context.api.get<{ messages: Expunged[] }>(path)).messages;
}
