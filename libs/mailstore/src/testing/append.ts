import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppendItem } from '../types.ts';
import { code, fetchAll, named, newAccount, octets, readAll, type Subject, text } from './helpers.ts';

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield part;
}

const small = text('appended');
const one: AppendItem = { flags: ['\\Draft'], internalDate: 5000, size: small.length, content: small };

export function appendTests(subject: Subject): void {
  streamTests(subject);
  failureTests(subject);
  replaceTests(subject);
}

function streamTests({ store }: Subject): void {
  test('append takes items one after the other, sizes known or not, small and large', async () => {
    const account = newAccount();
    const large = Buffer.alloc(700_000, 'Subject: large\r\n\r\nx');
    const read: string[] = [];
    async function* items(): AsyncGenerator<AppendItem> {
      read.push('first');
      yield { flags: [], internalDate: 1, size: null, content: chunks(small, Buffer.from('more')) };
      read.push('second');
      yield { flags: ['$Word'], internalDate: 2, size: null, content: chunks(large, large) };
      read.push('third');
      yield { flags: [], internalDate: 3, size: large.length, content: chunks(large) };
      yield { flags: [], internalDate: 4, size: 0, content: chunks() };
    }
    const results = await store().append(account, 'Drafts', items());
    assert.deepEqual(read, ['first', 'second', 'third']);
    assert.deepEqual(
      results.map(({ uid }) => uid),
      [1, 2, 3, 4],
    );
    const drafts = await named(store(), account, 'Drafts');
    assert.deepEqual(
      results.map(({ mailboxId, uidValidity }) => [mailboxId, uidValidity]),
      Array(4).fill([drafts.id, drafts.uidValidity]),
    );
    assert.equal(drafts.highestModseq, results.at(-1)?.modseq);
    const stored = await fetchAll(store(), account, drafts.id, { content: true });
    const expected = [
      Buffer.concat([small, Buffer.from('more')]),
      Buffer.concat([large, large]),
      large,
      Buffer.alloc(0),
    ];
    for (const [i, message] of stored.entries()) {
      assert.ok((await octets(message)).equals(expected[i] ?? Buffer.alloc(1)), String(i));
      assert.deepEqual([message.size, message.internalDate, message.prefixSize], [expected[i]?.length, i + 1, 0]);
    }
    assert.deepEqual(stored[1]?.flags, ['$Word']);
    assert.deepEqual(await store().append(account, 'Drafts', []), []);
  });
}

function failureTests({ store }: Subject): void {
  test('append is all or nothing: a wrong size, an unknown mailbox, a full quota, an error of the source', async () => {
    const account = newAccount();
    await store().append(account, 'Drafts', [one]);
    const append = (
      ...more: Parameters<ReturnType<typeof store>['append']> extends [string, ...infer Rest] ? Rest : never
    ) => store().append(account, ...more);
    for (const size of [small.length - 1, small.length + 1])
      await assert.rejects(append('Drafts', [one, { ...one, size }]), code('INVALID'));
    const large = Buffer.alloc(400_000, 'x');
    for (const size of [large.length - 1, large.length + 1])
      await assert.rejects(append('Drafts', [one, { ...one, size, content: chunks(large) }]), code('INVALID'));
    await assert.rejects(append('nowhere', [one]), code('NOT_FOUND'));
    await assert.rejects(append('Drafts', [{ ...one, flags: ['\\Unknown'] }]), code('INVALID'));
    await assert.rejects(append('Drafts', [one, one], { messages: 2 }), code('OVER_QUOTA'));
    const unknown = { ...one, size: null, content: chunks(large) };
    await assert.rejects(append('Drafts', [one, unknown], { bytes: large.length }), code('OVER_QUOTA'));
    const failure = Object.assign(new Error('the connection is gone'), { code: 'GONE' });
    async function* broken(): AsyncGenerator<AppendItem> {
      yield one;
      yield { ...one, size: null, content: chunks(large) };
      throw failure;
    }
    await assert.rejects(append('Drafts', broken()), failure);
    async function* content(): AsyncGenerator<Uint8Array> {
      yield large;
      throw failure;
    }
    await assert.rejects(append('Drafts', [{ ...one, size: null, content: content() }]), failure);
    assert.equal((await named(store(), account, 'Drafts')).messages, 1);
    assert.deepEqual(await store().usage(account), { bytes: small.length, messages: 1 });
  });
}

function replaceTests({ store }: Subject): void {
  test('REPLACE: the old message goes with the coming of the new one, or nothing happens', async () => {
    const account = newAccount();
    await store().append(account, 'Drafts', [one, one]);
    const drafts = await named(store(), account, 'Drafts');
    const newer = text('a second version');
    const next: AppendItem = { ...one, size: newer.length, content: newer };
    // the place of the old one counts for the new one
    const quota = { messages: 2, bytes: small.length + newer.length };
    const [made] = await store().append(account, 'Drafts', [next], quota, { mailboxId: drafts.id, uid: 1 });
    assert.equal(made?.uid, 3);
    const left = await readAll(store(), account, drafts.id);
    assert.deepEqual(
      left.map((message) => [message.uid, message.text]),
      [
        [2, small.toString()],
        [3, newer.toString()],
      ],
    );
    const changes = await store().changesSince(account, drafts.id, drafts.highestModseq);
    assert.deepEqual(changes.vanished, [1]);
    const gone = { mailboxId: drafts.id, uid: 1 };
    await assert.rejects(store().append(account, 'Sent', [next], undefined, gone), code('NOT_FOUND'));
    const elsewhere = { mailboxId: (await named(store(), newAccount(), 'Drafts')).id, uid: 1 };
    await assert.rejects(store().append(account, 'Sent', [next], undefined, elsewhere), code('NOT_FOUND'));
    assert.equal((await named(store(), account, 'Sent')).messages, 0);
    const [moved] = await store().append(account, 'Sent', [next], undefined, { mailboxId: drafts.id, uid: 3 });
    assert.equal(moved?.mailboxId, (await named(store(), account, 'Sent')).id);
    assert.equal((await named(store(), account, 'Drafts')).messages, 1);
  });
}
