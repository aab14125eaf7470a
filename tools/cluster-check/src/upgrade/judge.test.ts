import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from './classify.ts';
import { type Evidence, GOAL_MS, judge, RELOAD_MS, shortfalls } from './judge.ts';
import type { Attempt, Copy, Happening, Shown } from './ledger.ts';

const attempt = (id: string, outcome: Attempt['outcome'], places: readonly string[] = ['a']): Attempt => ({
  ...{ id, outcome, places },
  door: 'mx',
  at: 1_000,
});
const copy = (id: string, place = 'a', seenAt: number | null = 1_200): Copy => ({ id, place, seenAt });
const shown = (certificate: Shown['certificate'], at: number, door = 'imaps'): Shown => ({ certificate, at, door });
const evidence = (more: Partial<Evidence>): Evidence => ({
  ...{ attempts: [attempt('1', 'accepted')], copies: [copy('1')], troubles: [] },
  shown: [shown('old', 4_000), shown('new', 6_000)],
  swap: { at: 5_000, quietUntil: 15_000 },
  ...more,
});
const trouble = (happening: Happening, at = 2_000) => ({ client: 'c', at, happening, detail: '' });

test('a run without fault falls short of nothing', () => {
  const judgement = judge(evidence({}));
  assert.deepEqual(shortfalls(judgement), []);
  assert.deepEqual([judgement.accepted, judgement.lost, judgement.duplicated], [1, 0, 0]);
  assert.deepEqual([judgement.longestWaitMs, judgement.medianWaitMs], [200, 200]);
});

test('an accepted message missing at one of its places is lost, a second copy is one too many', () => {
  const attempts = [attempt('1', 'accepted', ['a', 'b']), attempt('2', 'accepted')];
  const judgement = judge(evidence({ attempts, copies: [copy('1'), copy('2'), copy('2')] }));
  assert.deepEqual([judgement.lost, judgement.duplicated], [1, 1]);
  assert.deepEqual(shortfalls(judgement), ['1 accepted messages are lost', '1 copies too many']);
  assert.deepEqual(judgement.details, ['1 (mx) is not at b', '2 (mx, accepted) is at a 2 times']);
});

test('an unanswered message may be there once or not at all; a refused one never, since it was sent again', () => {
  const attempts = [attempt('1', 'accepted'), attempt('2', 'unanswered'), attempt('3', 'unanswered')];
  const good = judge(evidence({ attempts: [...attempts, attempt('4', 'refused')], copies: [copy('1'), copy('2')] }));
  assert.deepEqual([good.unanswered, good.refused, good.lost, good.duplicated], [2, 1, 0, 0]);
  assert.deepEqual(shortfalls(good), []);
  const bad = judge(
    evidence({
      attempts: [...attempts, attempt('4', 'refused')],
      copies: [copy('1'), copy('2'), copy('2'), copy('4')],
    }),
  );
  assert.equal(bad.duplicated, 2);
});

test('the longest wait counts from the 250 to the first sight, and more than the goal falls short', () => {
  const attempts = ['1', '2', '3'].map((id) => attempt(id, 'accepted'));
  const late = copy('3', 'a', 1_001 + GOAL_MS);
  // Seen before its sender had read the 250: no wait.
  const judgement = judge(evidence({ attempts, copies: [copy('1'), copy('2', 'a', 900), late] }));
  assert.deepEqual([judgement.longestWaitMs, judgement.medianWaitMs], [GOAL_MS + 1, 200]);
  assert.match(shortfalls(judgement).join(), /waited 5001 ms, more than 5000/);
});

test('what a protocol tells its client to retry is allowed, everything else is not', () => {
  const allowed: Happening[] = [
    { kind: 'smtp-reply', code: 421, stage: 'transaction' },
    { kind: 'smtp-reply', code: 451, stage: 'content sent' },
    { kind: 'smtp-closed', stage: 'content sent', told: true },
    { kind: 'smtp-closed', stage: 'session', told: false },
    { kind: 'imap-closed', stage: 'session', told: true },
  ];
  const forbidden: Happening[] = [
    { kind: 'smtp-reply', code: 550, stage: 'transaction' },
    { kind: 'smtp-reply', code: 250, stage: 'session' },
    { kind: 'smtp-closed', stage: 'transaction', told: false },
    { kind: 'smtp-closed', stage: 'content sent', told: false },
    { kind: 'smtp-closed', stage: 'connecting', told: false },
    { kind: 'smtp-closed', stage: 'tls', told: false },
    { kind: 'imap-closed', stage: 'session', told: false },
    { kind: 'imap-closed', stage: 'connecting', told: false },
    { kind: 'imap-reply', status: 'NO' },
  ];
  for (const each of allowed) assert.ok(classify(each).allowed, classify(each).name);
  for (const each of forbidden) assert.ok(!classify(each).allowed, classify(each).name);
  const troubles = [...allowed, ...allowed, ...forbidden].map((each) => trouble(each));
  const judgement = judge(evidence({ troubles }));
  assert.deepEqual(judgement.errors, { allowed: 10, forbidden: 9 });
  assert.equal(judgement.kinds.find(({ name }) => name === 'SMTP 421 (transaction)')?.count, 2);
  assert.match(shortfalls(judgement).join(), /9 errors that their protocol/);
});

test('the old certificate is fine until the files must have been read; each door must show the new one', () => {
  const at = (ms: number) => 5_000 + ms;
  const good = judge(evidence({ shown: [shown('old', at(RELOAD_MS)), shown('new', at(RELOAD_MS + 1))] }));
  assert.deepEqual([good.certificates.oldUntilMs, good.certificates.stale], [RELOAD_MS, 0]);
  const bad = judge(
    evidence({
      shown: [shown('new', at(1)), shown('old', at(RELOAD_MS + 1)), shown('other', 10), shown('old', 20, 'mx')],
    }),
  );
  assert.deepEqual([bad.certificates.stale, bad.certificates.neverSeen], [2, ['mx']]);
  assert.equal(shortfalls(bad).length, 2);
  const restarted = judge(evidence({ shown: [shown('old', 4_000), shown('new', 15_001)] }));
  assert.deepEqual(restarted.certificates.neverSeen, ['imaps']);
  assert.match(shortfalls(judge(evidence({ swap: null }))).join(), /was not changed/);
});

test('a connection that ends while only the certificate changes was dropped, whatever it was told', () => {
  const ends: Happening[] = [
    { kind: 'smtp-reply', code: 421, stage: 'session' },
    { kind: 'smtp-closed', stage: 'session', told: false },
    { kind: 'imap-closed', stage: 'session', told: true },
  ];
  const others: Happening[] = [
    { kind: 'smtp-reply', code: 452, stage: 'session' },
    { kind: 'imap-reply', status: 'NO' },
    { kind: 'imap-closed', stage: 'connecting', told: false },
  ];
  const at = (when: number) => judge(evidence({ troubles: [...ends, ...others].map((each) => trouble(each, when)) }));
  assert.equal(at(9_000).certificates.dropped, 3);
  assert.equal(at(4_999).certificates.dropped, 0);
  assert.equal(at(15_001).certificates.dropped, 0);
});
