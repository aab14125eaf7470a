import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bus, createQueueRecord, plainAddress, queuePlaceOf, queueRecordsOf } from '@postroad/bus';
import { connectBus, provision, TestBroker } from '@postroad/bus/testing';
import { KvDirectory, KvDirectoryWriter } from '@postroad/directory';
import type { Address } from '@postroad/mail';
import { openSpool, type Spool, type SpoolHead, type SpoolOrigin } from '@postroad/spool';
import { createLogger, Metrics, Tracing } from '@postroad/telemetry';
import { eventually } from '@postroad/testkit';
import { planRoutes } from './plan.ts';
import { withoutRepeats } from './repeats.ts';
import { startRouter } from './role.ts';

const at = (text: string): Address => {
  const [localPart = '', domain = ''] = text.split('@');
  return { localPart, domain };
};

let broker: TestBroker;
let ops: Bus;
let bus: Bus;
let spool: Spool & { close(): void };
let directory: KvDirectory;
let accountId: string;
let router: { drain(ms?: number): Promise<void> };
const metrics = new Metrics();
const SILENT = createLogger('mta', 'silent');

before(async () => {
  broker = await TestBroker.start({ servers: 1 });
  ops = await provision(broker);
  const writer = new KvDirectoryWriter(ops);
  for (const [name, pool] of Object.entries({ 'plain.test': 'default', 'bulk.test': 'bulk', 'typo.test': 'blk' }))
    await writer.addDomain(name, { pool });
  accountId = (await writer.addAccount({ address: 'a@bulk.test', password: 'not a secret' })).id;
  await writer.addAlias('list@bulk.test', ['x@far.test', 'deep@plain.test']);
  await writer.addAlias('deep@plain.test', ['y@far.test']);
  bus = await connectBus(broker, 'mta');
  spool = await openSpool(bus);
  directory = await KvDirectory.open(bus, { verifiers: false });
  router = await startRouter(
    { bus, spool, directory, metrics, logger: SILENT, events: () => {}, tracing: new Tracing({ service: 'test' }) },
    { hostname: 'mail.plain.test', lifetimeMs: 1e9, pools: ['bulk'] },
  );
});
after(async () => {
  await router.drain();
  directory.close();
  spool.close();
  await bus.close();
  await ops.close();
  await broker.stop();
});

async function spooled(origin: SpoolOrigin, from: string | null, to: readonly string[]): Promise<SpoolHead> {
  const write = spool.open();
  await write.write(Buffer.from('Subject: x\r\n\r\nhello\r\n'));
  const recipients = to.map((text) => ({ forwardPath: at(text) }));
  return write.commit({
    envelope: { reversePath: from === null ? null : at(from), recipients },
    origin,
    prefix: '',
  });
}

/** Pool by recipient, once so many stand in records. */
const routed = ({ queueId }: SpoolHead, recipients: number) =>
  eventually(async () => {
    const records = await queueRecordsOf(bus, queueId);
    const all = records.flatMap(({ subject, record }) => record.covers.map((to) => [to, queuePlaceOf(subject).pool]));
    return all.length === recipients ? (Object.fromEntries(all) as Record<string, string>) : `${all.length} recipients`;
  });

test('an authenticated sender’s domain decides; a reverse-path that nobody proved, or a null one, does not', async () => {
  const submission: SpoolOrigin = { kind: 'submission', accountId };
  const to = ['z@far.test', 'z@near.test'];
  const all = (pool: string) => ({ 'z@far.test': pool, 'z@near.test': pool });
  for (const [origin, from, pool] of [
    [submission, 'a@bulk.test', 'bulk'],
    [submission, 'a@plain.test', 'default'],
    [submission, null, 'bulk'],
    [submission, 'a@elsewhere.test', 'bulk'],
    [{ kind: 'mx' }, 'a@bulk.test', 'default'],
    [{ kind: 'dsn' }, null, 'default'],
  ] as const)
    assert.deepEqual(await routed(await spooled(origin, from, to), 2), all(pool), `${origin.kind} ${from}`);
});

test('mail of others that an alias sends on leaves by the pool of the last alias; a person’s own by his', async () => {
  const fromOutside = await spooled({ kind: 'mx' }, 'stranger@far.test', ['list@bulk.test']);
  assert.deepEqual(await routed(fromOutside, 2), { 'x@far.test': 'bulk', 'y@far.test': 'default' });
  const own = await spooled({ kind: 'submission', accountId }, 'a@bulk.test', ['deep@plain.test']);
  assert.deepEqual(await routed(own, 1), { 'y@far.test': 'bulk' });
});

test('a pool that no relay is known to serve is not used, and that is counted', async () => {
  const head = await spooled({ kind: 'submission', accountId }, 'a@typo.test', ['z@far.test']);
  assert.deepEqual(await routed(head, 1), { 'z@far.test': 'default' });
  const text = await metrics.render();
  assert.match(text, /postroad_router_unknown_pool_total 1/);
  assert.match(text, /postroad_router_recipients_total\{kind="remote"\} \d+/);
  assert.match(text, /postroad_router_seconds_count \d+/);
});

test('a head routed again after its domain changed the pool makes no second record for anybody', async () => {
  const head = await spooled({ kind: 'submission', accountId }, 'a@plain.test', ['z@far.test', 'w@far.test']);
  await routed(head, 2);
  const again = (names: readonly string[]) => {
    const remote = names.map((name) => ({ pool: 'bulk', recipient: { forwardPath: at(name) } }));
    return planRoutes(head, { local: [], remote }, undefined, 1e9).queue;
  };
  assert.deepEqual(await withoutRepeats(bus, head, 2, again(['z@far.test', 'w@far.test'])), []);
  const [rest, ...more] = await withoutRepeats(bus, head, 2, again(['new@far.test', 'z@far.test']));
  assert.ok(rest);
  assert.deepEqual([more.length, rest.pool, rest.covers], [0, 'bulk', ['new@far.test']]);
  assert.deepEqual(
    rest.recipients.map((r) => plainAddress(r.forwardPath)),
    ['new@far.test'],
  );
  await createQueueRecord(bus, rest);
  assert.deepEqual(await routed(head, 3), { 'z@far.test': 'default', 'w@far.test': 'default', 'new@far.test': 'bulk' });
});
