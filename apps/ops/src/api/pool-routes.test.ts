import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createQueueRecord } from '@postroad/bus';
import { Harness, newQueueId } from '../testing/harness.ts';

/** What is looked at in the answers. */
interface Told {
  readonly pool?: string;
  readonly domains: readonly { readonly pool?: string }[];
  readonly pools: readonly object[];
  readonly records: readonly { readonly pool: string; readonly state: string }[];
}

suite('source pools over the admin API', () => {
  let h: Harness;
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await h.api(method, path, body);
    return { status: answer.status, body: answer.body as unknown as Told };
  };
  before(async () => (h = await Harness.start()));
  after(() => h.stop());

  test('a domain is given a pool, and it is taken back', async () => {
    const added = await ask('POST', '/domains', { name: 'bulk.test', pool: 'bulk' });
    assert.deepEqual([added.status, added.body.pool], [201, 'bulk']);
    assert.equal((await ask('PUT', '/domains/bulk.test/pool', { pool: 'other' })).body.pool, 'other');
    assert.equal((await ask('GET', '/domains')).body.domains[0]?.pool, 'other');
    assert.equal((await ask('PUT', '/domains/bulk.test/pool', { pool: 'default' })).body.pool, undefined);
    assert.equal((await ask('PUT', '/domains/bulk.test/pool', { pool: 'no~pool' })).status, 400);
    assert.equal((await ask('PUT', '/domains/none.test/pool', { pool: 'bulk' })).status, 404);
  });

  test('records of a pool without relays are told of, and move', async () => {
    const queueId = newQueueId();
    const now = Date.now();
    await createQueueRecord(h.bus, {
      ...{
        v: 1,
        queueId,
        transport: 'smtp',
        domain: 'far.test',
        part: '0',
        pool: 'bulk',
        reversePath: null,
        prefix: '',
      },
      ...{ recipients: [{ forwardPath: { localPart: 'a', domain: 'far.test' } }], covers: ['a@far.test'] },
      ...{ state: 'ready', attempts: 0, dueAt: now, createdAt: now, expiresAt: now + 1e9 },
    });
    assert.deepEqual((await ask('GET', '/pools')).body.pools, [{ pool: 'bulk', records: 1, served: false }]);
    assert.equal((await ask('GET', `/queue/${queueId}`)).body.records[0]?.pool, 'bulk');
    const { body } = await ask('POST', '/pools/move', { from: 'bulk', to: 'default' });
    assert.deepEqual(body, { moved: 1, busy: 0, unreadable: 0, unchanged: 0 });
    const shown = (await ask('GET', `/queue/${queueId}`)).body.records;
    assert.deepEqual(shown.map(({ pool, state }) => `${pool} ${state}`).sort(), ['bulk done', 'default ready']);
  });
});
