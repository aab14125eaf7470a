import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { makeQueueId } from '@postroad/mail';
import { connectBus, provision, TestBroker } from './testing/broker.ts';
import type { Bus } from './bus.ts';
import { Conflict, StreamFull } from './errors.ts';
import { subjects } from './subjects.ts';

const newId = () => makeQueueId(Date.now(), randomBytes(10));
const bytes = (text: string) => Buffer.from(text);

/** The contract of DESIGN §3 "asking again", "being full" and "a miss is not a fact", on one server and on three. */
for (const servers of [1, 3] as const) {
  describe(`publish on ${servers} server${servers === 1 ? '' : 's'}`, () => {
    let broker: TestBroker;
    let ops: Bus;
    let mta: Bus;
    before(async () => {
      broker = await TestBroker.start({ servers });
      ops = await provision(broker);
      mta = await connectBus(broker, 'mta');
    });
    after(async () => {
      await mta.close();
      await ops.close();
      await broker.stop();
    });

    test('a repeated publish with the same id and expectation succeeds and stores once', async () => {
      const subject = subjects.queue(newId(), 'example.org', '0');
      const first = await mta.publish('QUEUE', subject, bytes('one'), { msgId: 'a1', expect: 0 });
      const again = await mta.publish('QUEUE', subject, bytes('one'), { msgId: 'a1', expect: 0 });
      assert.equal(again.seq, first.seq);
      assert.equal(again.duplicate, true);
    });

    test('an update names the sequence it replaces; a second writer conflicts and sees what stands', async () => {
      const subject = subjects.queue(newId(), 'example.org', '0');
      const { seq } = await mta.publish('QUEUE', subject, bytes('ready'), { msgId: `${subject}-r`, expect: 0 });
      const won = await mta.publish('QUEUE', subject, bytes('x'), { msgId: `${subject}-x`, expect: seq });
      await assert.rejects(
        mta.publish('QUEUE', subject, bytes('y'), { msgId: `${subject}-y`, expect: seq }),
        (error: unknown) => {
          assert.ok(error instanceof Conflict);
          assert.deepEqual(error.current, { seq: won.seq, msgId: `${subject}-x` });
          return true;
        },
      );
    });

    test('of many writers racing for one subject exactly one wins', async () => {
      const subject = subjects.queue(newId(), 'race.example', '0');
      const results = await Promise.allSettled(
        Array.from({ length: 16 }, (_, i) =>
          mta.publish('QUEUE', subject, bytes(`${i}`), { msgId: `${subject}-${i}`, expect: 0 }),
        ),
      );
      assert.equal(results.filter((r) => r.status === 'fulfilled').length, 1);
      for (const r of results) if (r.status === 'rejected') assert.ok(r.reason instanceof Conflict, String(r.reason));
    });

    test('past the dedupe window a repeat is still recognised by reading back', async () => {
      await ops.jsm.streams.update('QUEUE', { duplicate_window: 200_000_000 });
      const subject = subjects.queue(newId(), 'late.example', '0');
      const first = await mta.publish('QUEUE', subject, bytes('one'), { msgId: 'late', expect: 0 });
      await new Promise((resolve) => setTimeout(resolve, 600));
      const again = await mta.publish('QUEUE', subject, bytes('one'), { msgId: 'late', expect: 0 });
      assert.equal(again.seq, first.seq);
      await ops.jsm.streams.update('QUEUE', { duplicate_window: 120_000_000_000 });
    });

    test('a full stream refuses what is new and keeps what it has; a purge of one subject passes', async () => {
      const kept = newId();
      await mta.publish('SPOOL', subjects.chunk(kept, 0), randomBytes(64 * 1024), { msgId: `${kept}0`, expect: 0 });
      await ops.jsm.streams.update('SPOOL', { max_bytes: 256 * 1024 });
      let refused: unknown;
      for (let i = 1; i < 10 && refused === undefined; i++)
        await mta
          .publish('SPOOL', subjects.chunk(kept, i), randomBytes(64 * 1024), { msgId: `${kept}${i}`, expect: 0 })
          .catch((error: unknown) => (refused = error));
      assert.ok(refused instanceof StreamFull, String(refused));
      const found = await mta.readBack('SPOOL', subjects.chunk(kept, 0));
      assert.equal(found?.data.length, 64 * 1024);
      const { purged } = await mta.jsm.streams.purge('SPOOL', { filter: subjects.chunk(kept, 0) });
      assert.equal(purged, 1);
      await mta.publish('SPOOL', subjects.chunk(kept, 99), bytes('room again'), { msgId: `${kept}99`, expect: 0 });
      await ops.jsm.streams.update('SPOOL', { max_bytes: 256 * 1024 ** 2 });
    });

    test('a publish during an outage is delivered once the broker is back', async () => {
      const subject = subjects.queue(newId(), 'outage.example', '0');
      for (let i = 0; i < broker.size; i++) await broker.kill(i);
      const pending = mta.publish('QUEUE', subject, bytes('one'), { msgId: subject, expect: 0, deadlineMs: 60_000 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      for (let i = 0; i < broker.size; i++) broker.launch(i);
      await broker.ready();
      assert.ok((await pending).seq > 0);
      assert.equal((await mta.readBack('QUEUE', subject))?.msgId, subject);
    });

    test('least privilege: the msa may not write a route, nor read a queue', async () => {
      const msa = await connectBus(broker, 'msa');
      await assert.rejects(
        msa.publish('QUEUE', subjects.queue(newId(), 'x.example', '0'), bytes('forged'), {
          msgId: 'f',
          expect: 0,
          deadlineMs: 500,
        }),
      );
      await assert.rejects(msa.jsm.streams.getMessage('QUEUE', { seq: 1 }));
      await msa.close();
    });
  });
}

test('on three servers a record that a lagging follower has not seen is found at the leader', async () => {
  const broker = await TestBroker.start({ servers: 3 });
  const ops = await provision(broker);
  try {
    const info = await ops.jsm.streams.info('QUEUE');
    const leader = info.cluster?.leader;
    // Neither the leader nor the server we are connected to, which would only make us wait.
    const ours = ops.nc.info?.server_name;
    const lagging = ['n1', 'n2', 'n3'].findIndex((name) => name !== leader && name !== ours);
    await broker.kill(lagging, 'SIGSTOP');
    const stored: string[] = [];
    for (let i = 0; i < 200; i++) {
      const subject = subjects.queue(newId(), 'lag.example', '0');
      await ops.publish('QUEUE', subject, bytes('one'), { msgId: subject, expect: 0 });
      stored.push(subject);
    }
    await broker.kill(lagging, 'SIGCONT');
    for (const subject of stored) assert.equal((await ops.readBack('QUEUE', subject))?.msgId, subject);
  } finally {
    await ops.close();
    await broker.stop();
  }
});
