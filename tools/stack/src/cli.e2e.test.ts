import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually, ImapWire, REPOSITORY } from '@postroad/testkit';
import { Stack } from './stack.ts';

const CLI = join(REPOSITORY, 'apps/cli/bin/postroad.mjs');
const PASSWORD = 'a road of four agents';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command as a person runs it: a process of its own, secrets on stdin. */
function run(home: string, args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, '--home', home, ...args], { stdio: 'pipe' });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

interface Entry {
  readonly kind: string;
  readonly agent: string;
  readonly step?: string;
  readonly traceId?: string;
}

suite('postroad against a running stack', () => {
  const home = mkdtempSync(join(tmpdir(), 'postroad-cli-'));
  let stack: Stack;
  before(async () => {
    // A next hop that nobody listens at: what goes there waits in the queue.
    const env = { POSTROAD_MTA_RELAY_HOSTS: JSON.stringify({ 'away.test': '127.0.0.1:9' }) };
    stack = await Stack.start({ home, portOffset: 23_000, agents: ['ops', 'mda', 'mta', 'msa'], env });
  });
  after(async () => {
    await stack?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const good = async (args: readonly string[], input?: string) => {
    const ran = await run(home, args, input);
    assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.err}${ran.out}`);
    return ran.out;
  };
  const json = async <T>(args: readonly string[], input?: string) =>
    JSON.parse(await good([...args, '--json'], input)) as T;
  /** The same until it holds: events are a fraction of a second behind the mail. */
  const once = async <T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
    const { value } = await eventually(async () => {
      const found = await ask();
      return holds(found) ? { value: found } : JSON.stringify(found);
    }, 60_000);
    return value;
  };

  test('domains, accounts and aliases', async () => {
    await good(['domain', 'add', 'road.test']);
    await good(
      ['account', 'add', 'ann@road.test', '--name', 'Ann', '--quota', '1G', '--password-stdin'],
      `${PASSWORD}\n`,
    );
    await good(['account', 'add', 'ben@road.test', '--password-stdin'], 'the first password');
    await good(['account', 'passwd', 'ben@road.test', '--password-stdin'], PASSWORD);
    await good(['alias', 'add', 'all@road.test', 'ann@road.test', 'ben@road.test']);
    assert.match(await good(['account', 'list']), /ann@road\.test +Ann +1\.0 GiB +active/);
    const { aliases } = await json<{ aliases: { address: string; targets: string[] }[] }>(['alias', 'list']);
    assert.deepEqual(
      aliases.map(({ address, targets }) => [address, targets.length]),
      [['all@road.test', 2]],
    );
    const taken = await run(home, ['account', 'add', 'ann@road.test', '--password-stdin'], PASSWORD);
    assert.equal(taken.code, 1);
    assert.match(taken.err, /taken/);
  });

  test('who has signed in over IMAP is out when the password is changed or the account removed', async () => {
    await good(['account', 'add', 'eve@road.test', '--password-stdin'], 'the first password');
    await good(['alias', 'add', 'desk@road.test', 'eve@road.test', 'ann@road.test']);
    const idle = async (password: string) => {
      const wire = await eventually(async () => {
        const opened = await ImapWire.connect({ port: stack.ports.mda(0).imaps, tls: true });
        const { status } = await opened.command(`LOGIN eve@road.test "${password}"`);
        return status === 'OK' ? opened : status;
      });
      assert.equal((await wire.command('SELECT INBOX')).status, 'OK');
      wire.write('i IDLE\r\n');
      assert.equal((await wire.next()).tag, '+');
      return wire;
    };
    const bye = async (wire: ImapWire) => (await wire.next()).octets.toString();
    const before = await idle('the first password');
    await good(['account', 'passwd', 'eve@road.test', '--password-stdin'], PASSWORD);
    assert.equal(await bye(before), 'BYE the password was changed, sign in again');
    const after = await idle(PASSWORD);
    assert.match(await good(['account', 'rm', 'eve@road.test']), /desk@road\.test still leads there/);
    assert.equal(await bye(after), 'BYE this account was removed or suspended');
    await good(['alias', 'rm', 'desk@road.test']);
  });

  test('what is sent is traced through msa, mta and mda, in one trace', async () => {
    const args = [
      'send',
      '--from',
      'ann@road.test',
      '--to',
      'ben@road.test',
      '--subject',
      'hi',
      '--body-stdin',
      '--password-stdin',
    ];
    const { queueId, messageId } = await json<{ queueId: string; messageId: string }>(args, `${PASSWORD}\nHello Ben\n`);
    const { messages } = await once(
      () =>
        run(home, ['trace', messageId, '--json']).then(
          ({ out }) => JSON.parse(out) as { messages?: { queueId: string; state: string; timeline: Entry[] }[] },
        ),
      (told) =>
        ['msa', 'mta', 'mda'].every(
          (agent) => told.messages?.[0]?.timeline.some((e) => e.kind === 'span' && e.agent === agent) === true,
        ) && told.messages?.[0]?.state === 'delivered',
    );
    const [story] = messages ?? [];
    assert.deepEqual([story?.queueId, story?.state], [queueId, 'delivered']);
    const steps = story?.timeline.filter(({ kind }) => kind === 'event').map(({ agent, step }) => `${agent} ${step}`);
    for (const step of ['msa accepted', 'mta routed', 'mda delivered'])
      assert.ok(steps?.includes(step), `${step} of ${steps?.join(', ')}`);
    const spans = story?.timeline.filter(({ kind }) => kind === 'span') ?? [];
    assert.deepEqual([...new Set(spans.map(({ agent }) => agent))].sort(), ['mda', 'msa', 'mta']);
    assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
    const text = await good(['trace', `<${messageId}>`]);
    assert.match(text, /\+\d+ ms {2}mda {2}● delivered/);
    assert.ok(!text.includes('\u001b['), 'no colour outside a terminal');
    assert.match(
      await good(['trace', '--sender', 'ann@road.test', '--recipient', 'ben@road.test']),
      new RegExp(queueId),
    );
  });

  test('mail that waits is listed, shown, held, released and cancelled', async () => {
    const { queueId } = await json<{ queueId: string }>(
      ['send', '--from', 'ann@road.test', '--to', 'zoe@away.test', '--password-stdin'],
      PASSWORD,
    );
    interface Listing {
      counts: Record<string, number>;
      records: { queueId: string; state: string; lastStatus?: { status: string } }[];
    }
    const listed = await once(
      () => json<Listing>(['queue', 'list', '--domain', 'away.test']),
      ({ records }) => records[0]?.state === 'deferred',
    );
    assert.deepEqual(
      listed.records.map((r) => [r.queueId, r.state]),
      [[queueId, 'deferred']],
    );
    assert.match(
      await good(['queue', 'list', '--state', 'deferred']),
      new RegExp(`${queueId} +deferred +away\\.test +default +ann@road\\.test +1 +in `),
    );
    assert.match(
      await good(['queue', 'show', queueId]),
      /from +ann@road\.test[\s\S]*away\.test \(smtp, pool default\): deferred, 1 attempt/,
    );
    // Into a pool that no relay serves, which the doctor tells, and back.
    assert.match(await good(['queue', 'move', '--pool', 'default', '--to', 'bulk']), /\b1\b/);
    assert.match(await good(['queue', 'show', queueId]), /away\.test \(smtp, pool bulk\): deferred, 1 attempt/);
    const strands = /bulk: 1 records and no relay/;
    const doctor = async () => (await run(home, ['doctor'])).out;
    assert.match(await once(doctor, (out) => strands.test(out)), strands);
    assert.match(await good(['queue', 'move', '--pool', 'bulk', '--to', 'default']), /\b1\b/);
    const set = await good(['domain', 'set', 'road.test', '--pool', 'bulk']);
    assert.match(set, /road\.test leaves by the pool bulk\nno relay serves it now/);
    assert.match(await good(['domain', 'list']), /road\.test +bulk/);
    assert.doesNotMatch(await good(['domain', 'set', 'road.test', '--pool', 'default']), /no relay/);
    assert.match(await good(['queue', 'hold', queueId, '--because', 'a test']), /away\.test: done \(held\)/);
    assert.match(await good(['queue', 'show', queueId]), /held +a test/);
    assert.match(await good(['queue', 'release', queueId]), /done \(ready\)/);
    assert.match(await good(['queue', 'cancel', queueId]), /done \(done\)/);
    // The notification reaches the sender, and her story names it.
    const told = await once(
      () => json<{ messages: { state: string; timeline: Entry[] }[] }>(['trace', queueId]),
      ({ messages }) => messages[0]?.state === 'failed',
    );
    assert.equal(told.messages[0]?.state, 'failed');
    const gone = await run(home, ['queue', 'show', '01aaaaaaaaaaaaaaaaaaaaaaaa', '--json']);
    assert.deepEqual([gone.code, (JSON.parse(gone.out) as { error: { code: string } }).error.code], [1, 'NOT_FOUND']);
  });

  test('doctor finds everything well, and says what is wrong when an agent is gone', async () => {
    const args = ['doctor', '--send', '--user', 'ann@road.test', '--password-stdin'];
    const report = await json<{ healthy: boolean; checks: { name: string; status: string; detail: string }[] }>(
      args,
      PASSWORD,
    );
    assert.deepEqual(
      report.checks.filter(({ status }) => status === 'fail'),
      [],
    );
    assert.equal(report.healthy, true);
    for (const name of [
      'delivery',
      'broker 1 durability',
      'broker 1 clock',
      'certificate imaps',
      'port mx',
      'agent mda',
      'disk',
    ])
      assert.ok(
        report.checks.some((check) => check.name === name && check.status !== 'skip'),
        name,
      );
    assert.equal(statSync(join(home, 'ops-token')).mode & 0o077, 0);
    await stack.child('mta').stop();
    const ill = await run(home, ['doctor']);
    assert.equal(ill.code, 1);
    assert.match(ill.out, /✗ agent mta[\s\S]*✗ port mx/);
  });
});
