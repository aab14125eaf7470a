import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ThreadNode } from '../types.ts';
import { threadBySubject } from './ordered-subject.ts';
import { threadByReferences } from './references.ts';
import type { Threadable } from './summary.ts';

interface Given extends Partial<Threadable> {
  readonly refs?: string;
}

/** Messages with UIDs 1, 2, …, sent in this order, each with a subject of its own and its UID as Message-ID unless said otherwise. */
function messages(...given: Given[]): Threadable[] {
  return given.map(({ refs = '', ...more }, i) => ({
    uid: i + 1,
    sent: i * 1000,
    internalDate: 0,
    baseSubject: `s${String(i + 1)}`,
    isReply: false,
    messageId: String(i + 1),
    references: refs.split(' ').filter((id) => id !== ''),
    ...more,
  }));
}

/** `1(2(3)4)`: 1 with the children 2 and 4; `*` is a dummy. */
function show(nodes: readonly ThreadNode[]): string {
  return nodes
    .map(
      ({ uid, children }) => `${uid === null ? '*' : String(uid)}${children.length > 0 ? `(${show(children)})` : ''}`,
    )
    .join(' ');
}

const references = (...given: Given[]): string => show(threadByReferences(messages(...given)));

test('replies stand below what they refer to', () => {
  assert.equal(references({}, { refs: '1' }, { refs: '1 2' }, { refs: '1' }, {}), '1(2(3) 4) 5');
});

test('a message that is missing holds its replies together, and is left out where it holds one (step 3)', () => {
  assert.equal(references({ refs: 'x' }, { refs: 'x' }), '*(1 2)');
  assert.equal(references({ refs: 'x y z' }), '1');
  assert.equal(references({ refs: 'x y' }, { refs: 'x z' }), '*(1 2)');
  assert.equal(references({}, { refs: '1 x' }, { refs: '1 x' }), '1(2 3)');
  assert.equal(references({ refs: 'a b c d' }, { refs: 'a b c d' }, { refs: 'a b c d' }), '*(1 2 3)');
});

test('the first of two messages with one Message-ID keeps it (step 1)', () => {
  assert.equal(references({ messageId: 'a' }, { messageId: 'a' }, { refs: 'a' }), '1(3) 2');
  const reversed = messages({ messageId: 'a' }, { messageId: 'a' }, { refs: 'a' }).reverse();
  assert.equal(show(threadByReferences(reversed)), '1(3) 2');
  assert.equal(references({ messageId: null }, { messageId: null, refs: '1' }), '1 2');
  assert.equal(references({ messageId: 'a' }, { messageId: 'a', refs: 'a' }, { refs: 'a' }), '1(2 3)');
});

test('links that would close a loop are not made (step 1)', () => {
  assert.equal(references({ refs: '1' }), '1');
  assert.equal(references({ refs: '2' }, { refs: '1' }), '2(1)');
  assert.equal(references({ refs: '3' }, { refs: '1' }, { refs: '2' }), '3(1(2))');
  assert.equal(references({ refs: 'x y x y' }, { refs: 'y x' }), '*(1 2)');
  assert.equal(references({}, { refs: '1 2 1' }), '1(2)');
});

test('a link made by others holds until the message says itself what it answers (step 1)', () => {
  // 3 says 1 is above 2; 2 itself, with a truncated References, says 4 is
  assert.equal(references({}, { refs: '4' }, { refs: '1 2' }, {}), '1 4(2(3))');
  // 4 was placed already and stays there
  assert.equal(references({}, {}, { refs: '1' }, { refs: '2 3' }), '1(3(4)) 2');
  // 2 has no references: what 1 said of it is undone
  assert.equal(references({ refs: 'x 2' }, {}), '2(1)');
});

test('siblings and threads are sorted by sent date, then UID; a missing date is the internal date (steps 4, 6)', () => {
  assert.equal(
    references({ sent: 9000 }, { sent: 8000, refs: '1' }, { sent: 5, refs: '1' }, { sent: null, internalDate: 7 }),
    '4 1(3 2)',
  );
  assert.equal(references({ sent: 1 }, { sent: 1 }, { sent: 1 }), '1 2 3');
  assert.equal(references({ sent: 50, refs: 'x' }, { sent: 20 }, { sent: 10, refs: 'x' }), '*(3 1) 2');
});

test('threads of one base subject are merged (step 5)', () => {
  const s = { baseSubject: 'Plan' };
  const re = { baseSubject: 'PLAN', isReply: true };
  assert.equal(references(s, re), '1(2)');
  assert.equal(references(re, s), '2(1)');
  assert.equal(references(s, s), '*(1 2)');
  assert.equal(references(re, re), '*(1 2)');
  assert.equal(references(s, re, s, re), '*(1(2) 3 4)');
  assert.equal(references({ ...s, refs: 'x' }, { ...s, refs: 'x' }, s), '*(1 2 3)');
  assert.equal(references(s, { ...s, refs: 'x' }, { ...s, refs: 'x' }), '*(1 2 3)');
  assert.equal(references({ ...s, refs: 'x' }, { refs: 'x' }, { ...s, refs: 'y' }, { refs: 'y' }), '*(1 2 3 4)');
  assert.equal(references({ baseSubject: '' }, { baseSubject: '', isReply: true }), '1 2');
  assert.equal(references(s, { refs: '1' }, re, { refs: '3' }), '1(2 3(4))');
});

test('ORDEREDSUBJECT: one level below the first message of a subject (RFC 5256 §3)', () => {
  const given = messages(
    { baseSubject: 'b' },
    { baseSubject: 'a' },
    { baseSubject: 'B' },
    { baseSubject: 'b', sent: -5 },
  );
  assert.equal(show(threadBySubject(given)), '4(1 3) 2');
});

/** Depth of the deepest node, and how many there are; without recursion. */
function measure(nodes: readonly ThreadNode[]): { depth: number; count: number } {
  let [depth, count] = [0, 0];
  for (let level = nodes; level.length > 0; level = level.flatMap((node) => node.children)) {
    depth++;
    count += level.length;
  }
  return { depth, count };
}

const N = 100_000;
const hostile: Record<string, (i: number) => Given> = {
  'a chain': (i) => ({ refs: String(i) }),
  'a chain from its end': (i) => ({ refs: String(i + 2) }),
  'one ring': (i) => ({ refs: String(((i + 1) % N) + 1) }),
  'roots with children put below a deep chain': (i) =>
    i < N / 2 ? { refs: String(i) } : { refs: `x${String(i)} y${String(i)} ${String(N / 2)} x${String(i)}` },
  'a wide dummy under many dummies': () => ({ refs: Array.from({ length: 20 }, (_, i) => `d${String(i)}`).join(' ') }),
  'one subject': () => ({ baseSubject: 'x', isReply: true }),
  'one Message-ID': () => ({ messageId: 'same', refs: 'same' }),
};
for (const [name, make] of Object.entries(hostile))
  test(`${String(N)} messages: ${name}`, () => {
    const given = messages(...Array.from({ length: N }, (_, i) => ({ baseSubject: String(i), ...make(i) })));
    // Of this thread alone, in µs: what else the machine does is not counted.
    const began = process.threadCpuUsage();
    const { count } = measure(threadByReferences(given));
    assert.ok(count >= N && count <= N + 1);
    const { user } = process.threadCpuUsage(began);
    assert.ok(user < 10_000_000, `${String(user)} µs`);
  });

test('a chain keeps its whole depth', () => {
  const given = messages(...Array.from({ length: N }, (_, i) => ({ refs: String(i) })));
  assert.equal(measure(threadByReferences(given)).depth, N);
});

test('every message comes up exactly once, whatever refers to what', () => {
  let seed = 1;
  const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
  for (let round = 0; round < 300; round++) {
    const n = 2 + random(12);
    const given = messages(
      ...Array.from({ length: n }, () => ({
        messageId: random(6) === 0 ? null : String(random(n)),
        refs: Array.from({ length: random(5) }, () => String(random(n + 3))).join(' '),
        baseSubject: random(2) === 0 ? '' : String(random(3)),
        isReply: random(2) === 0,
        sent: random(5),
      })),
    );
    const uids: number[] = [];
    for (
      let level: readonly ThreadNode[] = threadByReferences(given);
      level.length > 0;
      level = level.flatMap((x) => x.children)
    )
      for (const { uid, children } of level) {
        if (uid !== null) uids.push(uid);
        else assert.ok(children.length > 1);
      }
    assert.deepEqual(
      uids.sort((a, b) => a - b),
      given.map(({ uid }) => uid),
    );
  }
});
