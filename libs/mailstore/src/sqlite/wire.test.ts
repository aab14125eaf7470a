import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { openSqliteStore } from '../index.ts';
import { drop, inbox, item, lines } from '../testing/helpers.ts';
import type { MailStore, WireWant } from '../types.ts';

const ACCOUNT = 'wired';
let directory: string;
let store: MailStore;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postroad-wire-'));
  store = await openSqliteStore({ directory });
  const messages = Array.from({ length: 2500 }, (_, i) =>
    // octets that are no UTF-8 travel as they are
    item(ACCOUNT, Buffer.concat([lines([`Subject: n ${String(i)} `, `X: \xff\x80`]), Buffer.from([0xff, 0x80])])),
  );
  await store.deliver(messages);
});
after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

type Forms = Record<number, [envelope: string, bodyStructure: string]>;

async function ready(uids: readonly number[], want: WireWant): Promise<Forms> {
  const { id } = await inbox(store, ACCOUNT);
  const wanted = new Set(uids);
  const forms: Forms = {};
  for await (const { uids, ends, octets } of store.wire?.(ACCOUNT, id, [...wanted], want) ?? []) {
    const piece = (i: number): string =>
      Buffer.from(octets.subarray(i === 0 ? 0 : ends[i - 1], ends[i])).toString('latin1');
    uids.forEach((uid, i) => {
      if (wanted.has(uid)) forms[uid] = [piece(2 * i), piece(2 * i + 1)];
    });
  }
  return forms;
}

async function fetched(uids: readonly number[], want: WireWant): Promise<Forms> {
  const { id } = await inbox(store, ACCOUNT);
  const forms: Forms = {};
  const text = (octets?: Uint8Array): string => Buffer.from(octets ?? []).toString('latin1');
  for await (const { uid, envelope, bodyStructure } of store.fetch(ACCOUNT, id, uids, want))
    forms[uid] = [text(envelope), text(bodyStructure)];
  return forms;
}

const BOTH = { envelope: true, bodyStructure: true };
const range = (first: number, last: number, step = 1): number[] =>
  Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);

for (const [name, uids] of [
  ['all of many pages', range(1, 2500)],
  ['every second', range(2, 2400, 2)],
  ['a few far apart', [3, 900, 2499, 9999]],
  ['none', []],
  ['what is not there', range(5000, 5010)],
] as const)
  test(`ready forms are those of a fetch: ${name}`, async () => {
    for (const want of [BOTH, { ...BOTH, envelope: false }, { ...BOTH, bodyStructure: false }])
      assert.deepEqual(await ready(uids, want), await fetched(uids, want));
  });

test('long and old forms are read singly, and old ones written anew', async () => {
  const long = lines([`Subject: ${'much '.repeat(3000)}`, 'From: a@example.org']);
  await store.deliver([item(ACCOUNT, long), item(ACCOUNT, lines(['Subject: behind it']))]);
  await drop(store, ACCOUNT, (await inbox(store, ACCOUNT)).id, [2450]);
  const uids = range(2400, 2502);
  const forms = await ready(uids, BOTH);
  assert.deepEqual(forms, await fetched(uids, BOTH));
  assert.equal(Object.keys(forms).length, uids.length - 1);
  assert.match(forms[2501]?.[0] ?? '', /much much/);

  const database = new DatabaseSync(join(directory, 'mail.sqlite'), { timeout: 5000 });
  database.exec("UPDATE wire SET version = 0, envelope = x'00' WHERE content % 100 = 7");
  database.close();
  assert.deepEqual(await ready(range(1, 1100), BOTH), await fetched(range(1, 1100), BOTH));
  assert.match((await ready([7], BOTH))[7]?.[0] ?? '', /^\(NIL "n 6"/);
});
