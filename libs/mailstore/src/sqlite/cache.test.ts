import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteStore } from '../index.ts';
import { inbox, item, text } from '../testing/helpers.ts';
import type { MailStore } from '../types.ts';
import { unpackFlags } from '../flags.ts';

const ACCOUNT = 'cached';

async function withStore(run: (store: MailStore) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-cache-'));
  const store = await openSqliteStore({ directory });
  try {
    await run(store);
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** What columns say and what messages say, in the same words. */
async function both(store: MailStore, id: number): Promise<[unknown[], unknown[]]> {
  const columns = await store.columns?.(ACCOUNT, id, 1_000_000);
  assert.ok(columns);
  const { uids, bits, lists, keywords, modseqs, dates, sizes } = columns;
  const packed = Array.from(uids, (uid, i) => ({
    uid,
    flags: unpackFlags(bits[i] ?? 0, keywords[(lists[i] ?? 0) - 1] ?? null),
    modseq: modseqs[i],
    date: dates[i],
    size: sizes[i],
  }));
  const single = [];
  const { uids: all } = await store.snapshot(ACCOUNT, id);
  for await (const { uid, flags, modseq, internalDate: date, size } of store.fetch(ACCOUNT, id, [...all], {}))
    single.push({ uid, flags, modseq, date, size });
  return [packed, single];
}

test('whatever is written, columns, counters and changes are those of reading again', async () => {
  await withStore(async (store) => {
    await store.deliver(Array.from({ length: 20 }, (_, i) => item(ACCOUNT, text(`first ${String(i)}`))));
    const { id } = await inbox(store, ACCOUNT);
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    for (let round = 0; round < 120; round++) {
      const { uids, mailbox } = await store.snapshot(ACCOUNT, id);
      const some = [...uids].filter(() => random(4) === 0);
      const before = mailbox.highestModseq;
      switch (random(6)) {
        case 0:
          await store.deliver([item(ACCOUNT, text(`round ${String(round)}`))]);
          break;
        case 1:
          await store.storeFlags(ACCOUNT, id, some, { mode: 'add', flags: [`word${String(random(5))}`, '\\Seen'] });
          break;
        case 2:
          await store.storeFlags(ACCOUNT, id, some, { mode: 'replace', flags: ['\\Flagged'] });
          break;
        case 3:
          await store.storeFlags(ACCOUNT, id, some.slice(0, 2), { mode: 'add', flags: ['\\Deleted'] });
          await store.expunge(ACCOUNT, id);
          break;
        case 4:
          await store.copy(ACCOUNT, id, some.slice(0, 3), 'INBOX');
          break;
        default:
          await store.move(ACCOUNT, id, some.slice(0, 2), 'INBOX');
      }
      const [packed, single] = await both(store, id);
      assert.deepEqual(packed, single);
      const after = await store.mailbox(ACCOUNT, 'INBOX');
      const changes = await store.changesSince(ACCOUNT, id, before);
      assert.deepEqual(changes.mailbox, after);
      assert.equal(changes.messages.length + changes.vanished.length > 0, after?.highestModseq !== before);
    }
  });
});

test('what is asked beside writes never goes back behind what was acknowledged', async () => {
  await withStore(async (store) => {
    const { id } = await inbox(store, ACCOUNT);
    let acknowledged = 0;
    let writing = true;
    const writer = async (): Promise<void> => {
      for (let n = 0; n < 60; n++) {
        const [{ modseq = 0 } = {}] = await store.append(ACCOUNT, 'INBOX', [
          { flags: [], internalDate: 0, size: null, content: text(`n ${String(n)}`) },
        ]);
        acknowledged = Math.max(acknowledged, modseq);
      }
    };
    const reader = async (): Promise<void> => {
      let seen = 0;
      while (writing) {
        const atLeast = Math.max(seen, acknowledged);
        const { mailbox, uids } = await store.snapshot(ACCOUNT, id);
        assert.ok(mailbox.highestModseq >= atLeast, 'snapshot');
        assert.equal(uids.length, mailbox.messages);
        seen = Math.max(seen, mailbox.highestModseq, acknowledged);
        const changes = await store.changesSince(ACCOUNT, id, seen);
        assert.ok(changes.mailbox.highestModseq >= seen, 'changes');
        seen = Math.max(seen, changes.mailbox.highestModseq);
        const columns = await store.columns?.(ACCOUNT, id, 1000);
        assert.ok((columns?.modseqs.at(-1) ?? 0) >= seen || seen === 1, 'columns');
      }
    };
    const readers = Promise.all(Array.from({ length: 4 }, reader));
    await writer();
    writing = false;
    await readers;
  });
});
