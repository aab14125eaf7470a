import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cancel, operate, type OperatorDeps } from '@postroad/spool';
import { eventually } from '@postroad/testkit';
import { Peer } from './testing/peer.ts';
import { World } from './testing/world.ts';

describe('an operator', () => {
  let world: World;
  let mx: Peer;
  let deps: OperatorDeps;
  before(async () => {
    world = await World.open();
    deps = { bus: world.bus, spool: world.spool, events: () => {}, hostname: 'mail.postroad.test', patience: 30_000 };
  });
  afterEach(async () => {
    await world.rest();
    await mx.stop();
  });
  after(() => world.close());

  test('holds, releases, and tries again at once', async () => {
    mx = await Peer.start({ rcpt: () => '450 4.2.1 not now' });
    await world.relay({ hosts: { 'far.test': mx.hosts } });
    const stored = await world.seed({ to: ['a@far.test'] });
    const { queueId } = stored.record;
    await world.until(stored, 'deferred');
    assert.deepEqual(
      (await operate(deps, 'hold', queueId, 'looks odd')).map((r) => [r.domain, r.result, r.state]),
      [['far.test', 'changed', 'held']],
    );
    assert.equal((await world.stateOf(stored)).heldBecause, 'looks odd');
    assert.equal((await operate(deps, 'hold', queueId, 'again'))[0]?.result, 'unchanged');
    assert.equal((await operate(deps, 'retry', queueId, ''))[0]?.result, 'unchanged');
    await operate(deps, 'release', queueId, '');
    await eventually(async () => ((await world.stateOf(stored)).attempts === 2 ? true : 'not tried'));
    assert.equal((await world.stateOf(stored)).heldBecause, undefined);
    await world.until(stored, 'deferred');
    mx.script = {};
    assert.equal((await operate(deps, 'retry', queueId, ''))[0]?.result, 'changed');
    await world.until(stored, 'done');
    assert.equal((await operate(deps, 'hold', queueId, 'too late'))[0]?.result, 'unchanged');
  });

  test('asks for a destination that is being left alone: it is tried at once', async () => {
    mx = await Peer.start({ greeting: '421 4.3.2 later' });
    await world.relay({ hosts: { 'far.test': mx.hosts } });
    const stored = await world.seed({ to: ['a@far.test'] });
    await world.until(stored, 'deferred');
    mx.script = {};
    await operate(deps, 'retry', stored.record.queueId, '');
    await world.until(stored, 'done');
  });

  test('cancels: the sender is told, nothing is sent', async () => {
    mx = await Peer.start({ rcpt: () => '450 4.2.1 not now' });
    await world.relay({ hosts: { 'far.test': mx.hosts } });
    const stored = await world.seed({ to: ['a@far.test', 'b@far.test'] });
    await world.until(stored, 'deferred');
    const [done] = await cancel(deps, stored.record.queueId, 'sent by mistake');
    assert.deepEqual([done?.result, done?.state], ['changed', 'done']);
    assert.equal((await world.stateOf(stored)).state, 'done');
    const [dsn, ...more] = await world.notifications(stored.record.queueId);
    assert.equal(more.length, 0);
    assert.match(dsn?.text ?? '', /a@far\.test\r\nAction: failed[^]*sent by mistake[^]*b@far\.test\r\nAction: failed/);
    mx.script = {};
    await sleep(200);
    assert.equal(mx.taken.length, 0);
    assert.deepEqual(
      (await cancel(deps, stored.record.queueId, 'again')).map((r) => r.result),
      ['unchanged'],
    );
  });

  test('who meets an attempt waits for its outcome: a hold and a delivery never both win', async () => {
    let go = (): void => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    mx = await Peer.start({ end: () => held.then(() => '250 ok') });
    await world.relay({ hosts: { 'far.test': mx.hosts } });
    const stored = await world.seed({ to: ['a@far.test'] });
    await eventually(() => (mx.taken.length === 1 ? true : 'nothing was sent'));
    assert.equal((await operate({ ...deps, patience: 200 }, 'hold', stored.record.queueId, 'x'))[0]?.result, 'busy');
    const cancelling = cancel(deps, stored.record.queueId, 'x');
    await sleep(150);
    go();
    assert.deepEqual(
      (await cancelling).map((r) => [r.result, r.state]),
      [['unchanged', 'done']],
    );
    assert.deepEqual(await world.notifications(stored.record.queueId), []);
  });
});
