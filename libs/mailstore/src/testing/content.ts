import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { drop, inbox, item, newAccount, octets, PREFIX, readAll, type Subject, text } from './helpers.ts';

export function contentTests({ store, reopen }: Subject): void {
  test('a large message is streamed in and out byte for byte, any range of it', async () => {
    const account = newAccount();
    const large = Buffer.concat([text('large'), Buffer.from(randomBytes(300_000).toString('base64'))]);
    await store().deliver([item(account, large), item(account, large, { finalRecipient: 'c@example.org' })]);
    const { id } = await inbox(store(), account);
    await reopen();
    const whole = Buffer.concat([PREFIX, large]);
    for await (const message of store().fetch(account, id, [1, 2], { content: true })) {
      assert.equal(message.bytes?.inline, null);
      assert.ok((await octets(message)).equals(whole));
      const size = whole.length;
      const ranges: [number, number][] = [
        [0, 10],
        [10, PREFIX.length + 5],
        [PREFIX.length, 99_999],
        [size - 3, size + 9],
        [size, size + 1],
      ];
      for (const [start, end] of ranges)
        assert.ok((await octets(message, start, end)).equals(whole.subarray(start, end)), String(start));
    }
    const key = { op: 'text', field: { header: 'subject' }, text: 'large' } as const;
    assert.deepEqual([...(await store().search(account, id, key)).uids], [1, 2]);
  });

  test('content goes with its last message, not before', async () => {
    await store().purgeExpunged(Date.now() + 1);
    await store().collectGarbage();
    const account = newAccount();
    const unique = text(randomBytes(8).toString('hex'), randomBytes(150_000).toString('hex'));
    await store().deliver([item(account, unique), item(account, unique, { finalRecipient: 'c@example.org' })]);
    const { id } = await inbox(store(), account);
    await store().copy(account, id, [1], 'Archive');
    const archive = await store().mailbox(account, 'Archive');
    const forget = async (mailbox: number): Promise<void> => {
      await drop(store(), account, mailbox);
      await store().purgeExpunged(Date.now() + 1);
    };
    await forget(id);
    assert.equal(await store().collectGarbage(), 0);
    assert.equal((await readAll(store(), account, archive?.id ?? 0)).length, 1);
    await forget(archive?.id ?? 0);
    assert.equal(await store().collectGarbage(), unique.length);
    assert.deepEqual(await store().usage(account), { bytes: 0, messages: 0 });
    assert.equal((await store().deliver([item(account, unique)]))[0]?.status, 'filed');
  });
}
