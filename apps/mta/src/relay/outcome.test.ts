import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import type { QueueRecord } from '@postroad/bus';
import { makeQueueId } from '@postroad/mail';
import { backoff } from './backoff.ts';
import { decide } from './outcome.ts';
import { fateOfReply, ownFate } from './reply-status.ts';
import { withDefaults } from './settings.ts';

const settings = withDefaults({ hostname: 'h.test' });
const MINUTE = 60_000;
const NOW = 1_800_000_000_000;
const context = { now: NOW, counted: true, peerDsn: false, notBefore: 0 };
const record = (more: Partial<QueueRecord> = {}): QueueRecord => ({
  ...{
    v: 1,
    queueId: makeQueueId(NOW, randomBytes(10)),
    transport: 'smtp',
    domain: 'd.test',
    part: '0',
    prefix: 'X: y\r\n',
  },
  reversePath: { localPart: 's', domain: 's.test' },
  recipients: ['a', 'b', 'c'].map((localPart) => ({ forwardPath: { localPart, domain: 'd.test' } })),
  ...{
    covers: ['a@d.test', 'b@d.test', 'c@d.test'],
    state: 'attempting',
    attempts: 1,
    claim: { epoch: 3, since: NOW },
  },
  ...{ dueAt: NOW, createdAt: NOW, expiresAt: NOW + 5 * 1440 * MINUTE, heldBecause: 'before' },
  ...more,
});
const [ok, no, later] = ['250 2.0.0 yes', '550 5.1.1 no', '451 4.3.0 later'].map((reply) =>
  fateOfReply(reply, 'mx.test'),
) as [ReturnType<typeof fateOfReply>, ReturnType<typeof fateOfReply>, ReturnType<typeof fateOfReply>];

describe('the outcome of an attempt', () => {
  test('everybody’s fate known: done, without claim, prefix and recipients', () => {
    const { next, relayed, failed } = decide(record(), [ok, no, ok], context, settings);
    assert.deepEqual(
      [next.state, next.recipients, next.prefix, next.claim, next.heldBecause],
      ['done', [], '', undefined, undefined],
    );
    assert.equal(next.covers.length, 3);
    assert.deepEqual([relayed.length, failed.map((each) => each.status.status)], [2, ['5.1.1']]);
  });
  test('some for later: they alone stay, due by the schedule and not before the destination is tried again', () => {
    const { next } = decide(record(), [ok, later, no], context, settings);
    assert.deepEqual(
      [next.state, next.recipients.map((r) => r.forwardPath.localPart), next.prefix],
      ['deferred', ['b'], 'X: y\r\n'],
    );
    assert.ok(next.dueAt >= NOW + 2.5 * MINUTE && next.dueAt <= NOW + 5 * MINUTE);
    assert.equal(
      decide(record(), [later, later, later], { ...context, notBefore: NOW + 30 * MINUTE }, settings).next.dueAt,
      NOW + 30 * MINUTE,
    );
  });
  test('an attempt that was not claimed is counted here', () => {
    assert.equal(decide(record(), [later, later, later], { ...context, counted: false }, settings).next.attempts, 2);
  });
  test('the sender is told of a delay when it is due, once, and the last try is at the end of life', () => {
    const old = record({ createdAt: NOW - 4 * 60 * MINUTE, attempts: 20 });
    const { next, delayNotices } = decide(old, [later, ok, later], context, settings);
    assert.deepEqual(
      delayNotices.map((each) => [each.status.outcome, each.willRetryUntil]),
      [
        ['delayed', old.expiresAt],
        ['delayed', old.expiresAt],
      ],
    );
    assert.equal(decide({ ...next, state: 'attempting' }, [later, later], context, settings).delayNotices.length, 0);
    const ending = record({
      createdAt: NOW - 4 * 60 * MINUTE,
      attempts: 20,
      expiresAt: NOW + MINUTE,
      delayNotified: true,
    });
    assert.equal(decide(ending, [later, later, later], context, settings).next.dueAt, NOW + MINUTE);
    const young = record({ createdAt: NOW - 239 * MINUTE, attempts: 20 });
    assert.equal(decide(young, [later, later, later], context, settings).next.dueAt, NOW + MINUTE);
  });
  test('beyond the end of life what would wait has failed', () => {
    const { next, failed } = decide(
      record({ expiresAt: NOW }),
      [later, ok, ownFate('deferred', '4.4.1', 'no route')],
      context,
      settings,
    );
    assert.equal(next.state, 'done');
    assert.deepEqual(
      failed.map((each) => [each.status.status, each.status.remoteMta]),
      [
        ['4.4.7', 'dns; mx.test'],
        ['4.4.7', undefined],
      ],
    );
  });
});

describe('a reply as a fate', () => {
  const cases: [string, string, string][] = [
    ['250 ok', 'relayed', '2.0.0'],
    ['550 5.7.1 no', 'failed', '5.7.1'],
    ['550 4.7.1 contradicts itself', 'failed', '5.0.0'],
    ['550-5.7.1 one\n550 5.7.1 two', 'failed', '5.7.1'],
    ['452 4.5.3 many', 'deferred', '4.5.3'],
    ['354 what', 'deferred', '4.0.0'],
    ['nonsense', 'deferred', '4.0.0'],
    ['', 'deferred', '4.0.0'],
  ];
  for (const [reply, kind, status] of cases)
    test(JSON.stringify(reply), () => {
      const fate = fateOfReply(reply, 'mx.test');
      assert.deepEqual([fate.kind, fate.status], [kind, status]);
    });
  test('is one line of at most 512 characters', () => {
    const { diagnostic } = fateOfReply(`550 a\u0007b\r\nX-Evil: c ${'x'.repeat(9_000)}`, 'mx.test');
    assert.match(diagnostic, /^550 a b {1,2}X-Evil: c x+$/);
    assert.equal(diagnostic.length, 512);
  });
});

test('waits double up to the longest, less up to a half', () => {
  const waits = [1, 2, 3, 8, 1_000].map((n) => backoff(n, 5, 240, () => 0));
  assert.deepEqual(waits, [5, 10, 20, 240, 240]);
  assert.equal(
    backoff(3, 5, 240, () => 1),
    10,
  );
});
