import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type Bus, subjects } from '@postroad/bus';
import { connectBus, provision, TestBroker } from '@postroad/bus/testing';
import { eventually } from '@postroad/testkit';
import { openSpool } from './spool.ts';
import { SpoolCorrupt, SpoolFull } from './types.ts';

const envelope = { reversePath: null, recipients: [{ forwardPath: { localPart: 'b', domain: 'postroad.test' } }] };
const commit = { envelope, origin: { kind: 'mx' as const }, prefix: 'Received: x\r\n' };

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

for (const servers of [1, 3] as const) {
  describe(`spool on ${servers} server${servers === 1 ? '' : 's'}`, () => {
    let broker: TestBroker;
    let ops: Bus;
    let bus: Bus;
    let mta: Bus;
    before(async () => {
      broker = await TestBroker.start({ servers });
      ops = await provision(broker);
      bus = await connectBus(broker, 'msa');
      mta = await connectBus(broker, 'mta');
    });
    after(async () => {
      for (const each of [bus, mta, ops]) await each.close();
      await broker.stop();
    });

    for (const size of [0, 1, 10_000, 128 * 1024, 128 * 1024 + 1, 3_000_000])
      test(`${size} bytes come back as they were written`, async () => {
        const spool = await openSpool(bus);
        const content = randomBytes(size);
        const write = spool.open();
        for (let at = 0; at < size; at += 60_000) await write.write(content.subarray(at, at + 60_000));
        const head = await write.commit(commit);
        assert.equal(head.size, size);
        assert.equal(head.chunks, size > 128 * 1024 ? Math.ceil(size / 240_000) : 0);
        assert.equal(head.sha256, createHash('sha256').update(content).digest('hex'));
        const message = await (await openSpool(mta)).read(write.queueId);
        assert.ok(message);
        assert.deepEqual(message.head, head);
        assert.ok((await collect(message.stream())).equals(content));
        assert.equal(spool.usedBytes, 0);
        spool.close();
      });

    test('before the head there is no message; afterwards there is', async () => {
      const spool = await openSpool(bus);
      const write = spool.open();
      await write.write(randomBytes(600_000));
      assert.equal(await spool.read(write.queueId), null);
      await write.abort();
      assert.equal(spool.usedBytes, 0);
      assert.equal(await spool.read(write.queueId), null);
      spool.close();
    });

    test('a missing or changed chunk is noticed', async () => {
      const spool = await openSpool(bus);
      const reader = await openSpool(mta);
      const write = spool.open();
      await write.write(randomBytes(700_000));
      await write.commit(commit);
      await mta.jsm.streams.purge('SPOOL', { filter: subjects.chunk(write.queueId, 1) });
      const message = await reader.read(write.queueId);
      assert.ok(message);
      await assert.rejects(collect(message.stream()), SpoolCorrupt);
      await mta.publish('SPOOL', subjects.chunk(write.queueId, 1), randomBytes(256 * 1024), { msgId: 'forged' });
      await assert.rejects(collect(message.stream()), SpoolCorrupt);
      spool.close();
      reader.close();
    });

    test('writers that need more than the budget together all finish', async () => {
      const spool = await openSpool(bus, { budgetBytes: 512 * 1024 });
      let most = 0;
      await Promise.all(
        Array.from({ length: 12 }, async () => {
          const write = spool.open();
          for (let i = 0; i < 10; i++) {
            await write.write(randomBytes(50_000));
            most = Math.max(most, spool.usedBytes);
          }
          await write.commit(commit);
        }),
      );
      assert.ok(most <= 512 * 1024, `${most}`);
      assert.equal(spool.usedBytes, 0);
      spool.close();
    });

    test('a derived message made twice is one message, also when the first is finished and gone', async () => {
      const spool = await openSpool(bus);
      const first = spool.open();
      await first.write(Buffer.from('dsn'));
      await first.commit(commit);
      const again = spool.open(first.queueId);
      await again.write(Buffer.from('dsn'));
      await again.commit(commit);
      await mta.jsm.streams.purge('SPOOL', { filter: subjects.spooled(first.queueId) });
      const third = spool.open(first.queueId);
      await third.write(Buffer.from('dsn'));
      await third.commit(commit);
      assert.equal(await spool.read(first.queueId), null);
      spool.close();
    });

    test('above the high-water mark nothing is admitted, at the limit SpoolFull, and emptied it admits again', async () => {
      const spool = await openSpool(bus);
      await ops.jsm.streams.purge('SPOOL');
      const maxBytes = 1024 * 1024;
      await ops.jsm.streams.update('SPOOL', { max_bytes: maxBytes });
      let error: unknown;
      let refusedAt: number | null = null;
      for (let i = 0; i < 30 && error === undefined; i++) {
        const write = spool.open();
        await write.write(randomBytes(100_000));
        await write.commit(commit).catch((e: unknown) => (error = e));
        // The mark is at 85 % of the limit; it looks twice a second.
        const { state } = await ops.jsm.streams.info('SPOOL');
        if (error === undefined && state.bytes > 0.86 * maxBytes)
          await eventually(() => !spool.admits() || 'it admits above the mark');
        if (!spool.admits()) refusedAt ??= i;
      }
      assert.ok(error instanceof SpoolFull, String(error));
      assert.ok(refusedAt !== null && refusedAt < 10, `${refusedAt}`);
      await ops.jsm.streams.purge('SPOOL');
      await eventually(() => spool.admits() || 'it admits nothing');
      await ops.jsm.streams.update('SPOOL', { max_bytes: 256 * 1024 ** 2 });
      spool.close();
    });
  });
}
