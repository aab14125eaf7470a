import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { runCli } from './program.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body: unknown;
}

const dir = mkdtempSync(join(tmpdir(), 'postroad-cli-'));
const tokenFile = join(dir, 'token');
writeFileSync(tokenFile, 'a-token-of-tests\n');

suite('the command line', () => {
  let server: Server;
  let url = '';
  const asked: Asked[] = [];
  let answer: { status: number; body: unknown } = { status: 200, body: {} };
  before(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        asked.push({
          method: request.method ?? '',
          path: request.url ?? '',
          token: request.headers.authorization ?? '',
          body: text === '' ? null : JSON.parse(text),
        });
        response
          .writeHead(answer.status, { 'content-type': 'application/json' })
          .end(answer.status === 204 ? '' : JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** One command line with this on stdin; `tty`: as at a terminal. */
  async function run(
    args: readonly string[],
    options: { input?: string; tty?: boolean; env?: Record<string, string>; bare?: boolean } = {},
  ) {
    const out = Object.assign(new PassThrough(), { isTTY: options.tty === true });
    const err = new PassThrough();
    const raw: boolean[] = [];
    const stdin = Object.assign(Readable.from(options.input === undefined ? [] : [Buffer.from(options.input)]), {
      isTTY: options.tty === true,
      setRawMode: (on: boolean) => raw.push(on),
    });
    const target = options.bare === true ? [] : ['--server', url, '--token-file', tokenFile];
    const code = await runCli([...args, ...target], { stdin, stdout: out, stderr: err, env: options.env ?? {} });
    const text = (stream: PassThrough) => ((stream.read() as Buffer | null) ?? Buffer.alloc(0)).toString();
    return { code, out: text(out), err: text(err), raw };
  }

  test('a password comes from the first line of stdin, and goes nowhere but into the request', async () => {
    answer = { status: 201, body: { address: 'a@b.test' } };
    const ran = await run(['account', 'add', 'a@b.test', '--quota', '1.5G', '--password-stdin'], {
      input: 'secret words\r\nmore\n',
    });
    assert.deepEqual([ran.code, ran.out], [0, 'added a@b.test\n']);
    const last = asked.at(-1);
    assert.equal(last?.token, 'Bearer a-token-of-tests');
    assert.deepEqual(last?.body, { address: 'a@b.test', password: 'secret words', quota: { bytes: 1_610_612_736 } });
    assert.ok(!(ran.out + ran.err).includes('secret'));
  });

  test('at a terminal a password is typed without echo', async () => {
    answer = { status: 204, body: null };
    const ran = await run(['account', 'passwd', 'a@b.test'], { tty: true, input: 'typod\u007f\u007fed\r' });
    assert.equal(ran.code, 0);
    assert.deepEqual(asked.at(-1)?.body, { password: 'typed' });
    assert.deepEqual([asked.at(-1)?.method, asked.at(-1)?.path], ['PUT', '/api/v1/accounts/a%40b.test/password']);
    assert.deepEqual(ran.raw, [true, false]);
    assert.ok(!ran.err.includes('typ'));
  });

  test('wrong usage ends with 2 and a word on what is right', async () => {
    const cases: [string[], RegExp][] = [
      [['account', 'add', 'a@b.test'], /--password-stdin/],
      [['account', 'add', 'a@b.test', '--quota', 'much'], /500M/],
      [['account', 'add', 'a@b.test', '--password-stdin'], /empty/],
      [['queue', 'list', '--state', 'odd'], /deferred/],
      [['trace'], /--sender/],
      [['trace', 'x', '--sender', 'a@b'], /--sender/],
      [['send', '--from', 'a@b.test'], /--to/],
      [['send', '--from', 'a@b.test', '--to', 'b@b.test', '--body-stdin'], /--submission/],
      [['nothing'], /unknown command/],
      [['doctor', '--sned'], /--send/],
    ];
    for (const [args, said] of cases) {
      const { code, err } = await run(args);
      assert.deepEqual([code, said.test(err)], [2, true], `${args.join(' ')}: ${err}`);
    }
    assert.equal((await run(['--help'], { bare: true })).code, 0);
    assert.match((await run(['queue', 'list', '--help'], { bare: true })).out, /--json/);
  });

  test('what the API refuses is told with its hint, and as one JSON document when asked', async () => {
    answer = {
      status: 409,
      body: { error: { code: 'EXISTS', message: 'the domain x.test exists already', hint: 'choose another' } },
    };
    const ran = await run(['domain', 'add', 'x.test']);
    assert.deepEqual([ran.code, ran.out], [1, '']);
    assert.match(ran.err, /exists already\nchoose another/);
    const told = await run(['domain', 'add', 'x.test', '--json']);
    assert.deepEqual(JSON.parse(told.out), answer.body);
    const usage = await run(['domain', '--json', 'add']);
    assert.equal((JSON.parse(usage.out) as { error: { code: string } }).error.code, 'USAGE');
  });

  test('a stack that is not there, and a server that does not answer, are said plainly', async () => {
    const nowhere = await run(['domain', 'list', '--home', join(dir, 'none')], { bare: true });
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.err, /there is no stack in .*none\n.*npm start/);
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const deaf = await run(['domain', 'list', '--server', `http://127.0.0.1:${port}`, '--token-file', tokenFile], {
      bare: true,
    });
    assert.equal(deaf.code, 1);
    assert.match(deaf.err, /does not answer \(ECONNREFUSED\)/);
    assert.equal((await run(['domain', 'list', '--server', url], { bare: true })).code, 2);
  });

  test('the queue is read page by page, up to the limit', async () => {
    const record = {
      queueId: '01m84jee35mn333tm41x3egwxk',
      domain: 'far.test',
      transport: 'smtp',
      state: 'deferred',
      sender: '<>',
      recipients: ['x@far.test'],
      attempts: 2,
      expiresAt: '2030-01-01T00:00:00.000Z',
    };
    answer = { status: 200, body: { counts: { deferred: 9 }, records: [record, record], next: 'n', cut: false } };
    const before = asked.length;
    const { out } = await run(['queue', 'list', '--limit', '4', '--json']);
    assert.equal((JSON.parse(out) as { records: unknown[] }).records.length, 4);
    assert.deepEqual(
      asked.slice(before).map(({ path }) => path),
      ['/api/v1/queue?limit=4', '/api/v1/queue?after=n&limit=2'],
    );
  });

  test('how much waits is said in words; what is done does not wait', async () => {
    const said = async (counts: Record<string, number>) => {
      answer = { status: 200, body: { counts, records: [], cut: false } };
      return (await run(['queue', 'list'])).out.trim();
    };
    assert.equal(await said({ ready: 0, done: 0 }), 'the queue is empty');
    assert.equal(await said({ ready: 0, done: 3 }), 'nothing waits (3 done, removed in some minutes)');
    assert.equal(await said({ ready: 1, held: 2, done: 3 }), '1 ready, 2 held');
  });

  test('what came from the network cannot steer the terminal; colours are for terminals only', async () => {
    const evil = '550 \u001b]0;owned\u0007\u001b[2J no';
    const event = {
      kind: 'event',
      at: '2030-01-01T00:00:00.250Z',
      agent: 'mta',
      step: 'failed',
      recipients: ['x@far.test'],
      status: '5.0.0',
      detail: evil,
    };
    const span = {
      kind: 'span',
      at: '2030-01-01T00:00:00.000Z',
      agent: 'msa',
      name: 'msa accept',
      durationMs: 3.25,
      relation: 'root',
      depth: 0,
    };
    const story = {
      queueId: 'q',
      recipients: ['x@far.test'],
      at: span.at,
      state: 'failed',
      related: [{ queueId: 'p', relation: 'parent' }],
      timeline: [span, event],
    };
    answer = { status: 200, body: { messages: [story] } };
    const plain = await run(['trace', 'q']);
    assert.ok(!plain.out.includes('\u001b') && !plain.out.includes('\u0007'));
    assert.match(plain.out, /\+0 ms {2}msa {2}├─ msa accept {2}3\.3 ms\n +\+250 ms {2}mta {2}● failed/);
    assert.match(plain.out, /made from p/);
    const colour = await run(['trace', 'q'], { tty: true });
    assert.ok(colour.out.includes('\u001b[31mfailed') && !colour.out.includes('\u001b]0'));
    assert.ok(!(await run(['trace', 'q'], { tty: true, env: { NO_COLOR: '1' } })).out.includes('\u001b['));
  });

  test('it runs under the Node that the machine has', () => {
    const own = (process.env['PATH'] ?? '')
      .split(':')
      .filter((dir) => !dir.includes('.cache') && !dir.includes('node_modules'))
      .map((dir) => join(dir, 'node'))
      .find((path) => existsSync(path));
    // There is one: npm needs it.
    assert.ok(own !== undefined, 'no node in PATH beside the one in .cache');
    const bin = join(import.meta.dirname, '../bin/postroad.mjs');
    const ran = spawnSync(own, [bin, 'queue', 'list', '--state', 'odd'], { encoding: 'utf8' });
    assert.deepEqual([ran.status, /Allowed choices/.test(ran.stderr)], [2, true], ran.stderr);
  });
});
