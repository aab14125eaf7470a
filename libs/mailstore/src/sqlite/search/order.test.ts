import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteStore } from '../../index.ts';
import { drop, inbox, item, text } from '../../testing/helpers.ts';
import type { MailStore, SortCriterion, StoreSearchKey } from '../../types.ts';

const ACCOUNT = 'ordered';
const ALL: StoreSearchKey = { op: 'all' };
const SEEN: StoreSearchKey = { op: 'flag', flag: '\\Seen', on: true };

/** Subjects and sizes of what is there, sorted anew by the plainest means. */
async function plainly(store: MailStore, id: number, reverse: boolean, seen: boolean): Promise<number[]> {
  const { uids } = await store.snapshot(ACCOUNT, id);
  const rows: { uid: number; size: number }[] = [];
  for await (const { uid, size, flags } of store.fetch(ACCOUNT, id, [...uids], {}))
    if (!seen || flags.includes('\\Seen')) rows.push({ uid, size });
  const sign = reverse ? -1 : 1;
  return rows.sort((a, b) => sign * (a.size - b.size) || a.uid - b.uid).map(({ uid }) => uid);
}

test('an order that is kept is the one that sorting anew gives, whatever came, went or was flagged', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-order-'));
  const store = await openSqliteStore({ directory });
  t.after(() => store.close().then(() => rm(directory, { recursive: true, force: true })));
  let seed = 11;
  const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const deliver = (n: number): Promise<unknown> =>
    store.deliver(Array.from({ length: n }, () => item(ACCOUNT, text('x'.repeat(random(20))))));
  await deliver(60);
  const { id } = await inbox(store, ACCOUNT);
  for (let round = 0; round < 40; round++) {
    const { uids } = await store.snapshot(ACCOUNT, id);
    const some = [...uids].filter(() => random(5) === 0);
    if (round % 4 === 1) await deliver(3);
    if (round % 4 === 2) await drop(store, ACCOUNT, id, some.slice(0, 3));
    if (round % 4 === 3)
      await store.storeFlags(ACCOUNT, id, some, { mode: random(2) ? 'add' : 'remove', flags: ['\\Seen'] });
    for (const reverse of [false, true])
      for (const isSeen of [false, true]) {
        const key = isSeen ? SEEN : ALL;
        const criteria: SortCriterion[] = [{ by: 'size', reverse }];
        const { uids: sorted } = await store.sort(ACCOUNT, id, key, criteria);
        assert.deepEqual([...sorted], await plainly(store, id, reverse, isSeen), `round ${String(round)}`);
      }
    const { uids: twice } = await store.sort(ACCOUNT, id, ALL, [
      { by: 'subject', reverse: false },
      { by: 'arrival', reverse: true },
    ]);
    assert.equal(new Set(twice).size, (await store.snapshot(ACCOUNT, id)).uids.length);
  }
});
