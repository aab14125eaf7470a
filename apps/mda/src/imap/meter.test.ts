import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, eventuallyHolds } from '@postroad/testkit';
import { startHarness, type Harness, PASSWORD, USER } from './testing/harness.ts';
import { RawClient } from './testing/raw-client.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness({ connections: { total: 3 } }, { alice: { bytes: 100 } });
});
after(() => harness.close());

/** The value of one series; undefined when there is none. */
async function value(series: string): Promise<number | undefined> {
  const line = (await harness.metrics.render()).split('\n').find((each) => each.startsWith(`postroad_${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

async function becomes(series: string, wanted: number | undefined): Promise<void> {
  await eventuallyHolds(async () => assert.equal(await value(series), wanted, series));
}

test('a session: TLS, sign-in, commands by outcome, IDLE, octets', async () => {
  const client = await RawClient.connect(harness, { login: false });
  await client.command(`LOGIN ${USER} wrong`);
  await client.ok(`AUTHENTICATE PLAIN ${Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64')}`);
  await client.ok('SELECT INBOX');
  for (let i = 0; i < 3; i++) await client.ok('UID FETCH 1:* (FLAGS)');
  assert.match(await client.command('SELECT missing'), / NO /);
  assert.match(await client.command('NONSENSE'), / BAD /);
  client.write('(\r\n');
  await client.until(/BAD/);
  client.take();
  client.write('i1 IDLE\r\n');
  await client.until(/^\+ idling/m);
  await becomes('imap_idle_sessions', 1);
  await sleep(60);
  client.write('DONE\r\n');
  await client.until(/^i1 OK/m);
  await becomes('imap_idle_sessions', 0);
  const [received = 0, sent = 0] = [
    await value('imap_bytes_total{direction="in"}'),
    await value('imap_bytes_total{direction="out"}'),
  ];
  assert.ok(received > 150 && received < 2_000, `${received}`);
  assert.ok(sent > 500 && sent < 5_000, `${sent}`);
  for (const [series, wanted] of [
    ['imap_commands_total{command="UID FETCH",outcome="ok"}', 3],
    ['imap_command_seconds_count{command="UID FETCH"}', 3],
    ['imap_commands_total{command="SELECT",outcome="ok"}', 1],
    ['imap_commands_total{command="SELECT",outcome="no"}', 1],
    ['imap_commands_total{command="other",outcome="bad"}', 2],
    ['imap_commands_total{command="IDLE",outcome="ok"}', 1],
    ['imap_command_seconds_count{command="IDLE"}', undefined],
    ['auth_total{door="imap",mechanism="login",outcome="refused"}', 1],
    ['auth_total{door="imap",mechanism="plain",outcome="ok"}', 1],
    ['tls_handshakes_total{door="imap",version="TLSv1.3"}', 1],
    ['sessions_opened_total{door="imap"}', 1],
  ] as const)
    await becomes(series, wanted);
  await client.close();
});

test('a session that is cut while it idles is not counted as idle for ever', async () => {
  const client = await RawClient.connect(harness);
  client.write('i1 IDLE\r\n');
  await client.until(/^\+ idling/m);
  await becomes('imap_idle_sessions', 1);
  client.destroy();
  await becomes('imap_idle_sessions', 0);
});

test('STARTTLS, and one that fails', async () => {
  const before = (await value('tls_handshakes_total{door="imap",version="TLSv1.3"}')) ?? 0;
  const good = await RawClient.connect(harness, { tls: false, login: false });
  await good.startTls();
  await good.close();
  await becomes('tls_handshakes_total{door="imap",version="TLSv1.3"}', before + 1);
  const bad = await RawClient.connect(harness, { tls: false, login: false });
  await bad.ok('STARTTLS');
  bad.write('a1 LOGIN alice secret\r\n');
  await becomes('tls_handshakes_total{door="imap",version="failed"}', 1);
  bad.destroy();
});

test('no room for an APPEND is told apart from other refusals', async () => {
  const client = await RawClient.connect(harness);
  const content = 'x'.repeat(200);
  client.write(`q1 APPEND INBOX {${content.length}+}\r\n${content}\r\n`);
  await client.until(/^q1 NO \[OVERQUOTA\]/m);
  await becomes('quota_refusals_total{door="imap"}', 1);
  await client.close();
});

test('too many connections', async () => {
  await eventually(() => harness.role.sessions === 0 || 'sessions of others');
  const sockets = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const socket = connect(harness.starttls, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    }),
  );
  await becomes('sessions_refused_total{door="imap",reason="total"}', 1);
  for (const socket of sockets) socket.destroy();
});
