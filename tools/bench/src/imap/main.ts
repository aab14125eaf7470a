/**
 * NAME      npm run bench -- imap
 * SUMMARY   our IMAP server beside Dovecot on this machine, in one run, over the same messages
 * PRODUCES  a table; with --json one last line for machines
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type IdleMemory, measureIdleMemory } from './idle-memory.ts';
import { measureIdle, measureRow, type RowResult, rowsFor } from './rows.ts';
import { type ImapSystem, startDovecotImap, startPostroadImap } from './systems.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    messages: { type: 'string', default: '10000,200000' },
    connections: { type: 'string', default: '1,20,200' },
    seconds: { type: 'string', default: '5' },
    patience: { type: 'string', default: '60' },
    idle: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'npm run bench -- imap [--messages 10000,200000] [--connections 1,20,200] [--seconds N] [--patience N] [--idle N] [--only TEXT,…] [--json]\n',
  );
  process.exit(0);
}
const numbers = (text: string): number[] => text.split(',').map(Number);
const only = (name: string): boolean => values.only.split(',').some((part) => name.includes(part));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Line {
  readonly messages: number;
  readonly connections: number;
  readonly row: string;
  readonly postroad: RowResult;
  readonly dovecot: RowResult;
  /** Ours over theirs, of rates: above 1 we are faster. */
  readonly ratio: number;
}

const systems: ImapSystem[] = [await startPostroadImap(26_000), await startDovecotImap()];
const lines: Line[] = [];
const memory: Record<string, IdleMemory> = {};
const idle: Record<string, { p50: number; p99: number }> = {};
try {
  const [postroad, dovecot] = systems as [ImapSystem, ImapSystem];
  for (const messages of numbers(values.messages)) {
    const mailbox = `Box${String(messages)}`;
    for (const system of systems) await fill(system, mailbox, messages);
    for (const connections of numbers(values.connections))
      for (const row of rowsFor(mailbox, messages, connections).filter(({ name }) => only(name))) {
        // once before it counts: Dovecot writes its caches then
        if (connections === 1)
          for (const system of systems) await measureRow(system, row, 0, Number(values.patience) * 3);
        const ours = await measureRow(postroad, row, Number(values.seconds), Number(values.patience));
        const theirs = await measureRow(dovecot, row, Number(values.seconds), Number(values.patience));
        const line = {
          messages,
          connections,
          row: row.name,
          postroad: ours,
          dovecot: theirs,
          ratio: ours.p50 > 0 ? Math.round((ours.rate / theirs.rate) * 100) / 100 : 0,
        };
        lines.push(line);
        say(format(line));
      }
  }
  const [first = 10_000] = numbers(values.messages);
  for (const system of systems) {
    idle[system.name] = await measureIdle(system, 50);
    // a process each costs Dovecot too much for ten thousand
    const count = system.name === 'Dovecot' ? Math.min(200, Number(values.idle)) : Number(values.idle);
    memory[system.name] = await measureIdleMemory(system, `Box${String(first)}`, count);
  }
} finally {
  for (const system of systems) await system.stop();
}
process.stdout.write(`\n${table()}\n`);
if (values.json) {
  const ratios = lines.map(({ ratio }) => ratio);
  process.stdout.write(`${JSON.stringify({ lines, idle, memory, smallest: Math.min(...ratios) })}\n`);
}
process.exit(0);

async function fill(system: ImapSystem, mailbox: string, messages: number): Promise<void> {
  const began = performance.now();
  await system.fill(mailbox, messages, (done) => {
    if (done % 20_000 === 0) say(`${system.name}: ${String(done)} of ${String(messages)} messages`);
  });
  say(`${system.name}: ${mailbox} filled in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const settled = await system.settle();
  if (settled >= 1) say(`${system.name}: its text index had caught up ${settled.toFixed(0)} s later`);
}

function format({ messages, connections, row, postroad, dovecot, ratio }: Line): string {
  const cell = ({ rate, p50 }: RowResult): string =>
    `${rate.toFixed(rate < 10 ? 2 : 0)}/s ${p50.toFixed(1)} ms`.padStart(22);
  return `${String(messages).padStart(7)} ${String(connections).padStart(4)}  ${row.padEnd(26)}${cell(postroad)}${cell(dovecot)}${`${String(ratio)}×`.padStart(9)}`;
}

function table(): string {
  const head = `${String(cpus().length)} cores (${cpus()[0]?.model ?? ''}), no TLS on either side; rate and median; the ratio is ours over theirs\n`;
  const names = `${'messages'.padStart(7)} conn  ${''.padEnd(26)}${'Postroad'.padStart(21)}${'Dovecot'.padStart(22)}${'ratio'.padStart(9)}`;
  const rest = systems.map(({ name }) => {
    const { p50 = 0, p99 = 0 } = idle[name] ?? {};
    const { connections = 0, before = 0, after = 0, perConnectionKiB = 0 } = memory[name] ?? {};
    return (
      `${name}: IDLE told ${p50.toFixed(1)} ms after the APPEND was answered (p99 ${p99.toFixed(1)}); ` +
      `${String(connections)} idle connections: ${after.toFixed(0)} MiB in all, ${before.toFixed(0)} without, ${perConnectionKiB.toFixed(1)} KiB each`
    );
  });
  return [head, names, ...lines.map(format), '', ...rest].join('\n');
}
