import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseSubject } from './base-subject.ts';

const CASES: [subject: string, base: string, isReply: boolean][] = [
  ['Hello', 'Hello', false],
  ['', '', false],
  ['   ', '', false],
  ['Re: Hello', 'Hello', true],
  ['RE:Hello', 'Hello', true],
  ['re  : Hello', 'Hello', true],
  ['Fw: fwd: FWD : Hello', 'Hello', true],
  ['Re[2]: Hello', 'Hello', true],
  ['Re [list] : Hello', 'Hello', true],
  ['[list] Hello', 'Hello', false],
  ['[list] [other] Hello', 'Hello', false],
  ['[list] Re: [list] Re: Hello', 'Hello', true],
  ['[list]', '[list]', false],
  ['[one] [two]', '[two]', false],
  ['Re: [list]', '[list]', true],
  ['Hello (fwd)', 'Hello', true],
  ['Hello (FWD) (fwd) ', 'Hello', true],
  ['[fwd: Hello]', 'Hello', true],
  ['[Fwd: Re: Hello (fwd)]', 'Hello', true],
  ['[fwd: [fwd: Hello]]', 'Hello', true],
  ['[fwd: Hello', '[fwd: Hello', false],
  ['[fwd:]', '', true],
  ['Re: [fwd: Re: [list] x]', 'x', true],
  ['Reply: Hello', 'Reply: Hello', false],
  ['Re', 'Re', false],
  ['Re:', '', true],
  ['(fwd)', '', true],
  ['a\t b\r\n c', 'a b c', false],
  ['=?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe?=', 'Grüße', true],
  ['[a[b]] Hello', '[a[b]] Hello', false],
  ['İİİ (fwd)', 'İİİ', true],
  ['Aw: Hallo', 'Aw: Hallo', false],
];

for (const [subject, base, isReply] of CASES)
  test(`the base of ${JSON.stringify(subject)} is ${JSON.stringify(base)} (RFC 5256 §2.1)`, () => {
    assert.deepEqual(baseSubject(subject), { base, isReply });
  });

test('hostile subjects take time in proportion to their length', () => {
  const n = 200_000;
  // µs of this thread alone: what else the machine does is not counted.
  const began = process.threadCpuUsage();
  for (const subject of [
    `${'[a]'.repeat(n)}re [`,
    `${'[a] '.repeat(n)}`,
    '[fwd:'.repeat(n) + ']'.repeat(n),
    '[fwd:'.repeat(n),
    `${'re:'.repeat(n)}x${'(fwd)'.repeat(n)}`,
    `${'re [a'.repeat(n)}`,
    '['.repeat(n),
    `${'[fwd: [a] re [b '.repeat(n)}${']'.repeat(n)}`,
    ' '.repeat(n),
  ])
    assert.ok(baseSubject(subject).base.length <= subject.length);
  assert.ok(process.threadCpuUsage(began).user < 3_000_000);
});
