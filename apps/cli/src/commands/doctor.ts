import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { checkAgent, checkApi, checkPools } from '../doctor/agents.ts';
import { checkBroker } from '../doctor/broker.ts';
import { checkCertificate } from '../doctor/certificates.ts';
import { checkDelivery } from '../doctor/delivery.ts';
import { checkDoor, type Door } from '../doctor/doors.ts';
import { checkDisk, checkProcesses, checkToken } from '../doctor/local.ts';
import { type Check, ok, skip } from '../doctor/types.ts';
import { usageError } from '../io.ts';
import { readPassword } from '../secret.ts';
import { plain, type Style } from '../style.ts';
import { readStack, type StackFile } from '../target.ts';

interface Options {
  readonly send?: boolean;
  readonly user?: string;
  readonly passwordStdin?: boolean;
}

/** `postroad doctor`: everything that can be checked from here, and what to do where it is not well. */
export function doctorCommand(act: Act): Command {
  return new Command('doctor')
    .description('check broker, doors, certificates, agents, clocks and disk')
    .option('--send', 'also send a message to oneself and follow it (needs --user and the password)')
    .option('--user <address>', 'account for --send')
    .option('--password-stdin', 'read its password from the first line of stdin')
    .action(
      act(async (context, options: Options) => {
        const checks =
          context.options.server === undefined
            ? await examine(context, options)
            : [await checkApi(() => context.api), await checkPools(() => context.api)];
        if (checks.some(({ status }) => status === 'fail')) context.exitCode = 1;
        context.print({ healthy: context.exitCode === 0, checks }, () =>
          checks.map((check) => line(check, context.style)).join('\n'),
        );
      }),
    );
}

async function examine(context: Context, options: Options): Promise<Check[]> {
  const { home } = context.options;
  const stack = readStack(home);
  if (options.send === true && options.user === undefined) throw usageError('--send needs --user ADDRESS');
  const password =
    options.send === true
      ? await readPassword(context.io, options.passwordStdin === true, `Password of ${options.user}`)
      : '';
  const { addresses } = stack;
  const here = [
    ok('stack.json', `${resolve(home)}, domain ${stack.domain}`),
    checkProcesses(stack),
    checkToken(stack.tokenFile),
    checkDisk(resolve(home)),
  ];
  const found = await Promise.all([
    ...addresses.natsMonitors.map(checkBroker),
    ...Object.entries({ ...addresses.health, ops: addresses.ops }).map(([name, url]) =>
      runs(stack, name) ? checkAgent(name, url) : skip(`agent ${name}`, 'not part of this stack'),
    ),
    checkApi(() => context.api),
    checkPools(() => context.api),
    ...doors(stack).map(([agent, door]) =>
      runs(stack, agent) ? checkDoor(door) : skip(`port ${door.name}`, `no ${agent} in this stack`),
    ),
    ...(['submissions', 'imaps'] as const).map((name) => checkCertificate(name, addresses[name], stack.certificate)),
  ]);
  const delivery =
    options.send === true
      ? await checkDelivery(context.api, stack, options.user ?? '', password)
      : skip('delivery', 'say --send --user ADDRESS to send a message');
  return [...here, ...found.flat(), delivery];
}

const runs = (stack: StackFile, agent: string) => agent === 'nats' || agent in stack.processes;

function doors({ addresses }: StackFile): [string, Door][] {
  const smtp = /^220 /;
  const imap = /^\* OK/;
  return [
    ['mta', { name: 'mx', address: addresses.mx, greeting: smtp }],
    ['msa', { name: 'submission', address: addresses.submission, greeting: smtp }],
    ['msa', { name: 'submissions', address: addresses.submissions }],
    ['mda', { name: 'imap', address: addresses.imap, greeting: imap }],
    ['mda', { name: 'imaps', address: addresses.imaps }],
    ['mua', { name: 'webmail', address: addresses.webmail }],
    ['ops', { name: 'otlp', address: addresses.otlp }],
    ...addresses.nats.map((address, i): [string, Door] => [
      'nats',
      { name: `nats ${i + 1}`, address, greeting: /^INFO / },
    ]),
  ];
}

const MARKS = { ok: ['green', '✓'], warn: ['yellow', '!'], fail: ['red', '✗'], skip: ['dim', '–'] } as const;

function line({ name, status, detail, hint }: Check, style: Style): string {
  const [colour, mark] = MARKS[status];
  const advice = hint === undefined ? '' : `\n    ${style('dim', plain(hint))}`;
  return `${style(colour, mark)} ${name.padEnd(22)} ${plain(detail)}${advice}`;
}
