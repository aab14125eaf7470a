/**
 * NAME      npm run bench
 * SUMMARY   Postroad beside Postfix and Dovecot on this machine, in one run, the same messages, alternating
 * PRODUCES  a table; with --json one last line for machines; with --svg FILE a chart
 */
import { cpus } from 'node:os';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { largeMessages } from './large.ts';
import { measureLatency } from './measure/latency.ts';
import { Sink } from './measure/sink.ts';
import { renderChart } from './chart.ts';
import { median, ratiosOf, renderTable, type Result, type RowName, type SystemResult } from './report.ts';
import { mailboxRow, relayRow, type Run, submissionRow } from './rows.ts';
import { startPostfixDovecot } from './systems/postfix-dovecot.ts';
import { startPostroad } from './systems/postroad.ts';
import type { System } from './systems/system.ts';

// measurements of their own, with their own options
if (process.argv[2] === 'imap') await import('./imap/main.ts');
if (process.argv[2] === 'scale') await import('./scale/main.ts');

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '3000' },
    sessions: { type: 'string', default: '50' },
    size: { type: 'string', default: '10240' },
    rounds: { type: 'string', default: '3' },
    'latency-seconds': { type: 'string', default: '20' },
    only: { type: 'string' },
    svg: { type: 'string' },
    large: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    `npm run bench -- imap [--help]\nnpm run bench -- scale [--help]\nnpm run bench -- [--messages N] [--sessions N] [--size BYTES] [--rounds N] [--latency-seconds N] [--only mailbox,submission,relay] [--svg FILE] [--large] [--json]\n`,
  );
  process.exit(0);
}
const options = {
  messages: Number(values.messages),
  sessions: Number(values.sessions),
  size: Number(values.size),
  rounds: Number(values.rounds),
};
const say = (line: string) => process.stderr.write(`${line}\n`);
const wanted = (values.only?.split(',') ?? ['mailbox', 'submission', 'relay']) as RowName[];

const sinks = [await Sink.start(), await Sink.start()];
const [ourSink, theirSink] = sinks as [Sink, Sink];
const postroad = await startPostroad({ portOffset: 26_000, users: 11, sink: ourSink.address });
if (values.large) {
  // A run of its own: the peak of a process counts from its start.
  const large = await largeMessages(postroad, ourSink, 20, 20 * 1024 * 1024);
  await postroad.stop();
  for (const sink of sinks) sink.stop();
  const peaks = Object.entries(large.peakMiB).map(([name, peak]) => `${name} ${peak} MiB`);
  process.stdout.write(
    `20 messages of 20 MiB at once, to a mailbox and to the world, in ${large.seconds.toFixed(1)} s; peak memory: ${peaks.join(', ')}\n`,
  );
  if (values.json) process.stdout.write(`${JSON.stringify(large)}\n`);
  process.exit(0);
}
const home = postroad.stack.home;
const peers = await startPostfixDovecot({
  users: 11,
  sink: theirSink.address,
  cert: home.path('certs', 'cert.pem'),
  key: home.path('certs', 'key.pem'),
});
const systems: [System, Sink][] = [
  [postroad, ourSink],
  [peers, theirSink],
];

const runRow = (row: RowName, system: System, sink: Sink, messages: number): Promise<Run> => {
  const of = { ...options, messages };
  return row === 'mailbox'
    ? mailboxRow(system, of)
    : row === 'submission'
      ? submissionRow(system, of)
      : relayRow(system, of, sink);
};

const interrupted = () => void Promise.allSettled([postroad.stop(), peers.stop()]).then(() => process.exit(130));
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);

try {
  const collected = new Map<string, Record<RowName, Run[]>>(
    systems.map(([system]) => [system.name, { mailbox: [], submission: [], relay: [] }]),
  );
  // The first run after a rest is faster than what lasts (PEERS.md): it warms up and does not count.
  for (const row of wanted)
    for (const [system, sink] of systems) await runRow(row, system, sink, Math.min(options.messages, 1_000));
  for (let round = 1; round <= options.rounds; round++)
    for (const row of wanted)
      for (const [system, sink] of systems) {
        const run = await runRow(row, system, sink, options.messages);
        collected.get(system.name)?.[row].push(run);
        say(
          `round ${round}/${options.rounds} ${row.padEnd(10)} ${system.name.padEnd(16)} ${run.rate.toFixed(0)}/s (accepted at ${run.acceptRate.toFixed(0)}/s)`,
        );
      }
  const results: Record<string, SystemResult> = {};
  for (const [system] of systems) {
    const rows = collected.get(system.name) as Record<RowName, Run[]>;
    const rate = median(rows.mailbox.map((run) => run.rate)) / 2;
    const latency =
      rows.mailbox.length === 0
        ? null
        : await measureLatency(system, {
            rate,
            seconds: Number(values['latency-seconds']),
            size: options.size,
            probes: 20,
          });
    if (latency !== null)
      say(
        `latency at ${rate.toFixed(0)}/s   ${system.name}: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms (${latency.samples} probes, ${latency.missing} missing)`,
      );
    results[system.name] = { rows, latency, latencyRate: rate };
  }
  const result: Result = {
    machine: { cores: cpus().length, model: cpus()[0]?.model ?? '' },
    options,
    durability:
      'Postroad: JetStream sync_interval always, sqlite synchronous FULL; Postfix: its own fsync; Dovecot: mail_fsync optimized',
    systems: results,
    ratios: ratiosOf(results['Postroad'] as SystemResult, results['Postfix+Dovecot'] as SystemResult),
  };
  process.stdout.write(`\n${renderTable(result)}\n`);
  if (values.svg !== undefined) writeFileSync(values.svg, renderChart(result));
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await Promise.allSettled([postroad.stop(), peers.stop()]);
  for (const sink of sinks) sink.stop();
}
