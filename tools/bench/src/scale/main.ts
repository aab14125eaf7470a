/**
 * NAME      npm run bench -- scale
 * SUMMARY   mail rate with 1, 2 and 4 processes of each role over PostgreSQL and NATS, and what saturates first
 * PRODUCES  a table; with --json one last line for machines
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { KvDirectoryWriter } from '@postroad/directory';
import { Stack } from '@postroad/stack';
import { TestPostgres } from '@postroad/testkit';
import { Sink } from '../measure/sink.ts';
import { cpuOf, memoryOf, type Parts, perMessage, writtenBy } from './cost.ts';
import { CpuLimits } from './cpu-limit.ts';
import { type Journey, type Load, travel } from './journeys.ts';
import { type RoleProcess, startRoles, stopRoles } from './processes.ts';
import { type Point, renderScale } from './report.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    processes: { type: 'string', default: '1,2,4' },
    journeys: { type: 'string', default: 'mailbox,relay' },
    messages: { type: 'string', default: '2000' },
    sessions: { type: 'string', default: '64' },
    users: { type: 'string', default: '300' },
    size: { type: 'string', default: '10240' },
    brokers: { type: 'string', default: '1' },
    cpu: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'npm run bench -- scale [--processes 1,2,4] [--journeys mailbox,relay] [--messages N] [--sessions N] [--users N] [--size BYTES] [--brokers 1|3] [--cpu CORES] [--json]\n' +
      '--messages and --sessions are for each process of a role\n' +
      '--cpu 0.1 gives each process a tenth of a core (as root), so that processes and not cores are the bottleneck\n',
  );
  process.exit(0);
}
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const limit = Number(values.cpu);
const cores = availableParallelism();
const PASSWORD = 'bench-password';
/** Messages a process before anything counts. */
const WARM_UP = 1_500;

const limits = limit > 0 ? new CpuLimits() : null;
const home = mkdtempSync(join(tmpdir(), 'postroad-scale-'));
const postgres = await TestPostgres.start();
const database = postgres.createDatabase('mail');
const sink = await Sink.start();
const stack = await Stack.start({
  home,
  portOffset: 26_000,
  agents: [],
  domain: 'mbox.test',
  brokers: { count: values.brokers === '3' ? 3 : 1 },
});
let running: readonly RoleProcess[] = [];
const points: Point[] = [];
let memory: Readonly<Record<string, number>> = {};

async function close(): Promise<void> {
  limits?.release(running.map(({ child }) => child.pid ?? 0));
  await stopRoles(running);
  await stack.stop();
  await postgres.stop();
  sink.stop();
  limits?.close();
  rmSync(home, { recursive: true, force: true });
}
process.once('SIGINT', () => void close().finally(() => process.exit(130)));

const diskOf = ({ brokers }: Parts): [number, number, number] => [
  Number(postgres.value(database, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")),
  Number(postgres.value(database, 'SELECT pg_database_size(current_database())')),
  writtenBy(brokers),
];

/** One point: rate and what it cost, after everything of the point before has settled. */
async function measure(journey: Journey, processes: number, load: Load): Promise<Point> {
  const parts: Parts = {
    roles: running,
    brokers: stack.brokers.map(({ pid }) => pid ?? 0),
    postgres: postgres.pid ?? 0,
  };
  const before = cpuOf(parts);
  const [wal, size, written] = diskOf(parts);
  const seconds = await travel(journey, running, load, sink);
  const cpuMs = perMessage(before, cpuOf(parts), load.messages);
  const [walNow, sizeNow, writtenNow] = diskOf(parts);
  memory = memoryOf(parts);
  while (Object.values(await stack.underWay()).some((count) => count > 0)) await sleep(100);
  const use = (name: string, available: number) => ((cpuMs[name] ?? 0) * load.messages) / 1_000 / seconds / available;
  const roles = [...new Set(running.map(({ role }) => role))];
  return {
    journey,
    processes,
    rate: load.messages / seconds,
    cpuMs,
    bytes: {
      wal: (walNow - wal) / load.messages,
      database: (sizeNow - size) / load.messages,
      broker: (writtenNow - written) / load.messages,
    },
    use: {
      machine: use('machine', cores),
      ...Object.fromEntries(
        roles.map((role) => [role, use(role, running.filter((each) => each.role === role).length * (limit || 1))]),
      ),
    },
  };
}

try {
  const directory = new KvDirectoryWriter(stack.bus);
  await directory.addDomain('mbox.test');
  // Enough that two processes seldom want the same mailbox at once.
  const users = Array.from({ length: Number(values.users) }, (_, i) => `u${i}@mbox.test`);
  await Promise.all(users.map((address) => directory.addAccount({ address, password: PASSWORD })));
  const load: Load = {
    messages: Number(values.messages),
    sessions: Number(values.sessions),
    size: Number(values.size),
    users,
    password: PASSWORD,
  };
  for (const processes of values.processes.split(',').map(Number)) {
    // As much for each process, however many there are.
    const of = { ...load, messages: load.messages * processes, sessions: load.sessions * processes };
    running = await startRoles(stack, processes, {
      POSTROAD_MDA_STORE: 'postgres',
      POSTROAD_MDA_POSTGRES_URL: database,
      POSTROAD_MTA_SMART_HOST: sink.address,
      POSTROAD_MTA_RELAY_CONNECTIONS_PER_DESTINATION: '50',
    });
    // Shards are shared out among relays within a few seconds; caches and compiled code settle.
    await sleep(5_000);
    for (const journey of values.journeys.split(',') as Journey[]) {
      // Code is compiled by use: each process needs its share of it before it is what it will be.
      await travel(journey, running, { ...of, messages: WARM_UP * processes }, sink);
      if (limits !== null) for (const { child } of running) limits.limit(child.pid ?? 0, limit);
      const point = await measure(journey, processes, of);
      limits?.release(running.map(({ child }) => child.pid ?? 0));
      points.push(point);
      say(`${journey} with ${processes} of each role: ${point.rate.toFixed(0)}/s`);
    }
    await stopRoles(running);
    running = [];
  }
} finally {
  await close();
}
process.stdout.write(`\n${renderScale(points, limit)}\n`);
process.stdout.write(
  `memory, MiB a process (servers: all): ${Object.entries(memory)
    .map(([name, mib]) => `${name} ${mib.toFixed(0)}`)
    .join(', ')}\n`,
);
if (values.json) process.stdout.write(`${JSON.stringify({ limit, cores, points, memory })}\n`);
process.exit(0);
