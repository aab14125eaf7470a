import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SortCriterion, StoreSearchKey, ThreadNode } from '../types.ts';
import { drop, inbox, item, lines, newAccount, type Subject } from './helpers.ts';

const ALL: StoreSearchKey = { op: 'all' };

/** SORT and THREAD (RFC 5256, RFC 5957) on a mailbox; the algorithms themselves have tests of their own. */
export function orderingTests(subject: Subject): void {
  sortTests(subject);
  threadTests(subject);
}

const MESSAGES = [
  lines(['Date: 3 Jan 2024 10:00:00 +0000', 'From: Zoe <anna@x>', 'To: x@y', 'Subject: Re: beta']),
  lines(['Date: 3 Jan 2024 10:30:00 +0200', 'From: "Abel" <carl@x>', 'To: "Q" <a@y>', 'Subject: Alpha'], 'longer body'),
  lines(['From: bert@x', 'Cc: c@z', 'Subject: BETA']),
  lines(['Date: 1 Jan 2024 00:00:00 +0000', 'From: =?utf-8?q?=C3=84rger?= <dora@x>', 'Subject: [x] alpha (fwd)']),
];

function sortTests({ store, reopen }: Subject): void {
  test('sorting by each criterion, reversed, by several, and after changes', async () => {
    const account = newAccount();
    const day = Date.UTC(2024, 0, 2);
    await store().deliver(MESSAGES.map((content, i) => item(account, content, { internalDate: day - i * 1000 })));
    const { id } = await inbox(store(), account);
    const sort = async (key: StoreSearchKey, ...criteria: (SortCriterion['by'] | `-${SortCriterion['by']}`)[]) => {
      const list = criteria.map((each) => ({
        by: each.replace('-', '') as SortCriterion['by'],
        reverse: each[0] === '-',
      }));
      return [...(await store().sort(account, id, key, list)).uids];
    };
    const check = async (): Promise<void> => {
      assert.deepEqual(await sort(ALL, 'arrival'), [4, 3, 2, 1]);
      assert.deepEqual(await sort(ALL, '-arrival'), [1, 2, 3, 4]);
      assert.deepEqual(await sort(ALL, 'date'), [4, 3, 2, 1]);
      assert.deepEqual(await sort(ALL, 'subject'), [2, 4, 1, 3]);
      assert.deepEqual(await sort(ALL, '-subject'), [1, 3, 2, 4]);
      assert.deepEqual(await sort(ALL, 'subject', '-date'), [2, 4, 1, 3]);
      assert.deepEqual(await sort(ALL, 'subject', 'date'), [4, 2, 3, 1]);
      assert.deepEqual(await sort(ALL, 'from'), [1, 3, 2, 4]);
      assert.deepEqual(await sort(ALL, 'to'), [3, 4, 2, 1]);
      assert.deepEqual(await sort(ALL, '-cc'), [3, 1, 2, 4]);
      assert.deepEqual(await sort(ALL, 'displayfrom'), [2, 4, 3, 1]);
      assert.deepEqual(await sort(ALL, 'displayto'), [3, 4, 2, 1]);
      assert.deepEqual(await sort(ALL, 'size'), [3, 1, 2, 4]);
      assert.deepEqual(await sort(ALL), [1, 2, 3, 4]);
      assert.deepEqual(await sort({ op: 'uids', ranges: [{ first: 2, last: 3 }] }, 'from'), [3, 2]);
    };
    await check();
    await reopen();
    await check();
    const later = lines(['From: aaa@x', 'Subject: aaa']);
    await store().deliver([item(account, later, { internalDate: day })]);
    await drop(store(), account, id, [1]);
    assert.deepEqual(await sort(ALL, 'subject'), [5, 2, 4, 3]);
    const result = await store().sort(account, id, ALL, [{ by: 'from', reverse: false }]);
    assert.deepEqual([...result.uids], [5, 3, 2, 4]);
    assert.equal(result.modseq, (await inbox(store(), account)).highestModseq - 2);
  });
}

/** `1(2 3(4))` */
function shown(nodes: readonly ThreadNode[]): string {
  return nodes
    .map(({ uid, children }) => `${String(uid ?? '-')}${children.length > 0 ? `(${shown(children)})` : ''}`)
    .join(' ');
}

function threadTests({ store }: Subject): void {
  test('threads by references and by subject, of the messages found', async () => {
    const account = newAccount();
    const at = (n: number): string => `Date: 1 Jan 2024 00:00:0${String(n)} +0000`;
    await store().deliver(
      [
        lines([at(1), 'Message-ID: <a@x>', 'Subject: one']),
        lines([at(2), 'Message-ID: <b@x>', 'References: <a@x>', 'Subject: Re: one']),
        lines([at(3), 'Message-ID: <c@x>', 'In-Reply-To: <b@x>', 'Subject: other']),
        lines([at(4), 'Message-ID: <d@x>', 'Subject: two']),
        lines([at(5), 'Message-ID: <e@x>', 'References: <a@x>', 'Subject: one']),
        lines([at(6), 'Subject: Re: two']),
      ].map((content) => item(account, content)),
    );
    const { id } = await inbox(store(), account);
    const thread = async (key: StoreSearchKey, by: 'references' | 'orderedsubject'): Promise<string> =>
      shown(await store().thread(account, id, key, by));
    assert.equal(await thread(ALL, 'references'), '1(2(3) 5) 4(6)');
    assert.equal(await thread(ALL, 'orderedsubject'), '1(2 5) 3 4(6)');
    const some: StoreSearchKey = { op: 'uids', ranges: [{ first: 2, last: 3 }] };
    assert.equal(await thread(some, 'references'), '2(3)');
    assert.equal(await thread({ op: 'not', key: ALL }, 'references'), '');
  });
}
