import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, countTests, NOTHING, summaryLine } from './counts.ts';
import { failedTasks, outputOfFailed } from './nx-output.ts';
import { STEPS } from './steps.ts';

const OUTPUT = `> nx run @postroad/mail:test

✔ good (1ms)
\u001b[34mℹ tests 3\u001b[39m
\u001b[34mℹ pass 3\u001b[39m
ℹ fail 0
ℹ cancelled 0
ℹ skipped 0

> nx run @postroad/bus:test

✖ bad (1ms)
ℹ pass 31
ℹ fail 1
ℹ cancelled 1
ℹ skipped 2
ℹ todo 0

 NX   Running target test for 2 projects failed

Failed tasks:

- @postroad/bus:test

  Run duration:      2m 16s
`;

test('the summaries of all runs are added, whatever their colour; cancelled is failed', () => {
  assert.deepEqual(countTests(OUTPUT), { passed: 34, failed: 2, skipped: 2 });
  assert.deepEqual(add(NOTHING, { passed: 1, failed: 2, skipped: 3 }), { passed: 1, failed: 2, skipped: 3 });
  assert.deepEqual(countTests('what a test prints: pass 7\nand ℹ pass 7 inside of a line'), NOTHING);
});

test('the last line names skips only when there are any', () => {
  assert.equal(summaryLine({ passed: 3, failed: 0, skipped: 0 }), '3 passed, 0 failed');
  assert.equal(summaryLine({ passed: 3, failed: 1, skipped: 2 }), '3 passed, 1 failed, 2 skipped');
});

test('of a failed run only what failed is shown', () => {
  assert.deepEqual(failedTasks(OUTPUT), ['@postroad/bus:test']);
  const shown = outputOfFailed(OUTPUT);
  assert.match(shown, /✖ bad/);
  assert.doesNotMatch(shown, /✔ good/);
  assert.equal(outputOfFailed('no task is named'), 'no task is named');
});

const verify = (name: string, line: string) => STEPS.find((step) => step.name === name)?.verify?.(`…\n${line}\n`);

test('the short chaos run fails when something was lost or doubled, or nothing was killed', () => {
  const good = { accepted: 400, lost: 0, duplicates: 0, kills: 5 };
  assert.equal(verify('chaos', JSON.stringify(good)), null);
  for (const bad of [{ lost: 1 }, { duplicates: 1 }, { kills: 0 }, { accepted: 0 }])
    assert.notEqual(verify('chaos', JSON.stringify({ ...good, ...bad })), null, JSON.stringify(bad));
  assert.notEqual(verify('chaos', 'nothing'), null);
});

test('the short bench run fails when a ratio is missing', () => {
  const ratios = { accept: 2, mailbox: 3.1, submission: 3, relay: 1.6 };
  assert.equal(verify('bench', JSON.stringify({ ratios })), null);
  assert.notEqual(verify('bench', JSON.stringify({ ratios: { ...ratios, relay: null } })), null);
  assert.notEqual(verify('bench', ''), null);
});

test('the short sessions run fails when a store found a mismatch, compared little, or nothing was killed', () => {
  const good = { mismatches: 0, compared: 5000, kills: 2 };
  assert.equal(verify('sessions', JSON.stringify({ sqlite: good, postgres: good })), null);
  for (const bad of [{ mismatches: 1 }, { compared: 10 }, { kills: 0 }])
    assert.notEqual(verify('sessions', JSON.stringify({ sqlite: good, postgres: { ...good, ...bad } })), null);
  assert.notEqual(verify('sessions', JSON.stringify({ sqlite: good, postgres: null })), null);
});

test('the short upgrade fails when mail was lost or doubled, little was sent, or clients noticed', () => {
  const good = { accepted: 400, lost: 0, duplicated: 0, replaced: 10, shortfalls: [] };
  assert.equal(verify('upgrade', JSON.stringify(good)), null);
  for (const bad of [{ lost: 1 }, { duplicated: 1 }, { accepted: 5 }, { replaced: 0 }, { shortfalls: ['a sentence'] }])
    assert.notEqual(verify('upgrade', JSON.stringify({ ...good, ...bad })), null);
  assert.notEqual(verify('upgrade', ''), null);
});

test('the short IMAP bench fails when a row is missing or has no ratio', () => {
  const lines = Array.from({ length: 14 }, (_, i) => ({ row: String(i), ratio: 1.5 }));
  assert.equal(verify('bench-imap', JSON.stringify({ lines })), null);
  assert.notEqual(verify('bench-imap', JSON.stringify({ lines: lines.slice(1) })), null);
  assert.notEqual(verify('bench-imap', JSON.stringify({ lines: [...lines, { row: 'x', ratio: null }] })), null);
});
