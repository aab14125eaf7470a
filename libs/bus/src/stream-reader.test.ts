import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test, type TestContext } from 'node:test';
import { eventually, eventuallyHolds } from '@postroad/testkit';
import type { Bus } from './bus.ts';
import { ReadInterrupted } from './errors.ts';
import { type ReadOptions, StreamReader } from './stream-reader.ts';
import { connectBus, provision, TestBroker } from './testing/broker.ts';

const STREAM = 'KV_verifiers';
const filter = '$KV.verifiers.>';
/** Silence is heard after three seconds at most; the library alone would take 30 to 45. */
const PROMPT_MS = 10_000;

for (const servers of [1, 3] as const) {
  describe(`reading a stream on ${servers} server${servers === 1 ? '' : 's'}`, () => {
    let broker: TestBroker;
    let ops: Bus;
    let msa: Bus;
    before(async () => {
      broker = await TestBroker.start({ servers });
      ops = await provision(broker);
      msa = await connectBus(broker, 'msa');
    });
    after(async () => {
      await msa.close();
      await ops.close();
      await broker.stop();
    });
    beforeEach(async () => {
      await ops.jsm.streams.purge(STREAM);
    });

    let count = 0;
    const put = async (key: string) => {
      const ack = await ops.publish(STREAM, `$KV.verifiers.${key}`, Buffer.from(key), { msgId: `${key}-${count++}` });
      return ack.seq;
    };
    const open = (from: ReadOptions['from'], rest: Partial<ReadOptions> = {}) =>
      StreamReader.open(msa, STREAM, { filter, from, ...rest });
    const consumers = async () => {
      const names: string[] = [];
      for await (const { name } of ops.jsm.consumers.list(STREAM)) names.push(name);
      return names;
    };
    const keyOf = (subject: string) => subject.slice('$KV.verifiers.'.length);
    const isInterrupted = (error: unknown) => error instanceof ReadInterrupted;

    /** Reads until it ends; `end` is what ended it. */
    const reading = (reader: StreamReader) => {
      const seen: string[] = [];
      const end = (async () => {
        for await (const { subject } of reader) seen.push(keyOf(subject));
      })().then(
        () => null,
        (error: unknown) => error,
      );
      return { seen, end };
    };
    const endsPromptly = async ({ end }: ReturnType<typeof reading>) => {
      const started = performance.now();
      assert.ok(isInterrupted(await end), String(await end));
      assert.ok(performance.now() - started < PROMPT_MS, `after ${performance.now() - started} ms`);
    };
    /** Requests of pulls that go wrong on their way, until it is restored. */
    const losePulls = (t: TestContext, instead: (subject: string) => string | null) => {
      const real = msa.nc.publish.bind(msa.nc);
      return t.mock.method(msa.nc, 'publish', (...[subject, ...rest]: Parameters<typeof real>) => {
        const to = subject.includes('.MSG.NEXT.') ? instead(subject) : subject;
        if (to !== null) real(to, ...rest);
      });
    };

    test('from the beginning, from a sequence, the last of each, and what is new', async () => {
      await put('a');
      await put('b');
      const second = await put('a');
      await put('c');
      const [all, some, last, fresh] = await Promise.all([
        open('all'),
        open(second),
        open('last_per_subject', { headersOnly: true }),
        open('new'),
      ]);
      const readers = [all, some, last, fresh];
      assert.deepEqual(await Promise.all(readers.map((reader) => reader.waiting())), [3, 2, 3, 0]);
      const runs = readers.map(reading);
      await put('d');
      await eventuallyHolds(() =>
        assert.deepEqual(
          runs.map(({ seen }) => seen.join('')),
          ['bacd', 'acd', 'bacd', 'd'],
        ),
      );
      for (const reader of readers) reader.stop();
      assert.deepEqual(await Promise.all(runs.map(({ end }) => end)), [null, null, null, null]);
      await eventuallyHolds(async () => assert.deepEqual(await consumers(), []));
    });

    test('more than is asked for at once comes in order', async () => {
      for (let i = 0; i < 50; i++) await put(`${i}`);
      const reader = await open('all', { ahead: 7 });
      const { seen } = reading(reader);
      await eventuallyHolds(() => assert.deepEqual(seen, [...Array(50).keys()].map(String)));
      reader.stop();
    });

    test('who stops before or while it begins reads nothing, and leaves no consumer', async () => {
      await put('a');
      const [never, early] = await Promise.all([open('all'), open('all')]);
      await never.close();
      const run = reading(early);
      early.stop();
      assert.equal(await run.end, null);
      assert.deepEqual(await reading(never).end, null);
      await eventuallyHolds(async () => assert.deepEqual(await consumers(), []));
    });

    test('a pull that is lost is heard of soon, and reading anew misses nothing', async (t) => {
      const lost = losePulls(t, () => null);
      const from = await put('a');
      const run = reading(await open(from));
      await endsPromptly(run);
      assert.deepEqual(run.seen, []);
      lost.mock.restore();
      const again = await open(from);
      const { seen } = reading(again);
      await eventuallyHolds(() => assert.deepEqual(seen, ['a']));
      again.stop();
    });

    test('a pull that nobody answers is heard of at once', async (t) => {
      losePulls(t, () => '$JS.API.CONSUMER.MSG.NEXT.KV_verifiers.nobody');
      await endsPromptly(reading(await open('all')));
    });

    test('a consumer that is deleted ends the reading', async () => {
      const run = reading(await open('new'));
      await put('a');
      await eventuallyHolds(() => assert.deepEqual(run.seen, ['a']));
      for (const name of await consumers()) await ops.jsm.consumers.delete(STREAM, name);
      await endsPromptly(run);
    });

    test('a lost connection ends the reading, and what was changed meanwhile comes when it begins anew', async () => {
      const from = await put('a');
      const run = reading(await open(from));
      await eventuallyHolds(() => assert.deepEqual(run.seen, ['a']));
      await msa.nc.reconnect();
      await put('b');
      await endsPromptly(run);
      const again = await eventually(() => open(from + 1));
      const { seen } = reading(again);
      await eventuallyHolds(() => assert.deepEqual(seen, ['b']));
      again.stop();
    });

    if (servers === 1) return;
    test('a server that freezes does not leave its readers deaf', async () => {
      let mine = await open('new');
      let leader = '';
      // Not the one we are connected to.
      await eventually(async () => {
        const [name = ''] = await consumers();
        leader = (await ops.jsm.consumers.info(STREAM, name)).cluster?.leader ?? '';
        if (leader !== msa.nc.info?.server_name && leader !== ops.nc.info?.server_name) return true as const;
        await mine.close();
        mine = await open('new');
        return 'the consumer is at our own server';
      });
      const run = reading(mine);
      const frozen = Number(leader.slice(1)) - 1;
      await put('a');
      await eventuallyHolds(() => assert.deepEqual(run.seen, ['a']));
      await broker.kill(frozen, 'SIGSTOP');
      try {
        await endsPromptly(run);
        const again = await eventually(() => open('new'), 60_000);
        const { seen } = reading(again);
        await put('b');
        await eventuallyHolds(() => assert.deepEqual(seen, ['b']), PROMPT_MS);
        again.stop();
      } finally {
        await broker.kill(frozen, 'SIGCONT');
      }
    });
  });
}
