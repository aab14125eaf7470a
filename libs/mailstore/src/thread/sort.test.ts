import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SortCriterion } from '../types.ts';
import { sortMessages } from './sort.ts';
import type { Sortable } from './summary.ts';

const PLAIN: Sortable = {
  uid: 0,
  sent: 0,
  internalDate: 0,
  baseSubject: '',
  size: 0,
  from: '',
  to: '',
  cc: '',
  displayFrom: '',
  displayTo: '',
};

function sorted(
  messages: Partial<Sortable>[],
  ...criteria: (SortCriterion['by'] | `-${SortCriterion['by']}`)[]
): number[] {
  return sortMessages(
    messages.map((message, i) => ({ ...PLAIN, uid: i + 1, ...message })),
    criteria.map((word) => ({ by: word.replace('-', '') as SortCriterion['by'], reverse: word.startsWith('-') })),
  );
}

test('each criterion sorts by its own column (RFC 5256 §3, RFC 5957 §3)', () => {
  for (const by of ['from', 'to', 'cc'] as const)
    assert.deepEqual(sorted([{ [by]: 'b' }, { [by]: 'C' }, { [by]: 'a' }, {}], by), [4, 3, 1, 2]);
  assert.deepEqual(
    sorted([{ displayFrom: 'Zoe' }, { displayFrom: 'ännchen' }, { displayFrom: 'anna' }], 'displayfrom'),
    [3, 2, 1],
  );
  assert.deepEqual(sorted([{ displayTo: 'b' }, { displayTo: 'A' }], 'displayto'), [2, 1]);
  assert.deepEqual(sorted([{ size: 30 }, { size: 4 }], 'size'), [2, 1]);
  assert.deepEqual(sorted([{ internalDate: 2 }, { internalDate: 1 }], 'arrival'), [2, 1]);
  assert.deepEqual(sorted([{ baseSubject: 'b' }, { baseSubject: 'A' }], 'subject'), [2, 1]);
});

test('a missing sent date falls back to the internal date (RFC 5256 §2.2)', () => {
  assert.deepEqual(
    sorted([{ sent: 50 }, { sent: null, internalDate: 40 }, { sent: 45, internalDate: 99 }], 'date'),
    [2, 3, 1],
  );
});

test('REVERSE turns one criterion around and never the UID (RFC 5256 §3)', () => {
  const messages = [{ baseSubject: 'a' }, { baseSubject: 'b' }, { baseSubject: 'a' }, { baseSubject: 'b' }];
  assert.deepEqual(sorted(messages, '-subject'), [2, 4, 1, 3]);
  assert.deepEqual(
    sorted(
      [
        { size: 1, sent: 1 },
        { size: 1, sent: 2 },
        { size: 0, sent: 3 },
      ],
      'size',
      '-date',
    ),
    [3, 2, 1],
  );
  assert.deepEqual(sorted([{}, {}, {}], '-size'), [1, 2, 3]);
});
