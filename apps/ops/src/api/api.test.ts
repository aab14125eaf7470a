import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createQueueRecord, type QueueRecord, readQueueRecord, subjects } from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import { openSpool } from '@postroad/spool';
import { eventually } from '@postroad/testkit';
import { Harness, hex, newQueueId, otlpExport } from '../testing/harness.ts';

const post = (url: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

suite('admin API', () => {
  let h: Harness;
  before(async () => (h = await Harness.start(['msa=http://127.0.0.1:1'])));
  after(() => h.stop());

  test('nothing is told without the token, and health needs none', async () => {
    for (const path of ['/api/v1/accounts', '/api/v1/openapi.json', '/api/v1/nothing'])
      assert.equal((await fetch(h.url + path)).status, 401, path);
    const wrong = await fetch(`${h.url}/api/v1/accounts`, { headers: { authorization: `Bearer ${h.token}x` } });
    const told = (await wrong.json()) as { error: { code: string; hint: string } };
    assert.equal(told.error.code, 'UNAUTHORIZED');
    assert.match(told.error.hint, /ops-token/);
    for (const path of ['/readyz', '/livez', '/metrics']) assert.equal((await fetch(h.url + path)).status, 200, path);
    assert.equal(statSync(join(h.dir, 'token')).mode & 0o777, 0o600);
    assert.ok(
      !(await (await fetch(`${h.url}/metrics`)).text()).includes(readFileSync(join(h.dir, 'token'), 'utf8').trim()),
    );
  });

  test('ops is ready although another agent is not, and says so of that agent', async () => {
    const { body } = await h.api('GET', '/health');
    assert.equal(body.broker.ready, true);
    assert.equal(body.ready, false);
    assert.deepEqual([body.agents[0]?.name, body.agents[0]?.ready], ['msa', false]);
  });

  test('domains, accounts and aliases come and go', async () => {
    assert.equal((await h.api('POST', '/domains', { name: 'Example.test' })).status, 201);
    const again = await h.api('POST', '/domains', { name: 'example.test' });
    assert.deepEqual([again.status, again.body.error.code], [409, 'EXISTS']);
    const account = {
      address: 'alice@example.test',
      password: 'correct horse',
      name: 'Alice',
      quota: { bytes: 1_000_000 },
    };
    const added = await h.api('POST', '/accounts', account);
    assert.equal(added.status, 201);
    assert.equal(JSON.stringify(added.body).includes('correct'), false);
    assert.deepEqual(
      (await h.api('GET', '/accounts?domain=example.test')).body.accounts.map((a) => a.address),
      ['alice@example.test'],
    );
    assert.equal((await h.api('PUT', '/accounts/alice@example.test/password', { password: 'short' })).status, 400);
    assert.equal(
      (await h.api('PUT', '/accounts/alice@example.test/password', { password: 'long enough' })).status,
      204,
    );
    assert.equal(
      (await h.api('POST', '/aliases', { address: 'team@example.test', targets: ['alice@example.test'] })).status,
      201,
    );
    assert.equal((await h.api('DELETE', '/domains/example.test')).body.error.code, 'IN_USE');
    assert.equal((await h.api('DELETE', '/aliases/team@example.test')).status, 204);
    assert.equal((await h.api('DELETE', '/accounts/alice@example.test')).status, 204);
    assert.equal((await h.api('DELETE', '/accounts/alice@example.test')).status, 404);
    assert.equal((await h.api('DELETE', '/domains/example.test')).status, 204);
  });

  test('a request that makes no sense is told what is wrong, without its values', async () => {
    const { status, body } = await h.api('POST', '/accounts', { address: 'a@b', password: 'secret7' });
    assert.equal(status, 400);
    assert.match(body.error.message, /^password: /);
    assert.ok(!JSON.stringify(body).includes('secret7'));
    assert.equal((await post(`${h.url}/api/v1/domains`, '{', { authorization: `Bearer ${h.token}` })).status, 400);
    assert.equal(
      (await post(`${h.url}/api/v1/domains`, 'x'.repeat(300_000), { authorization: `Bearer ${h.token}` })).status,
      413,
    );
  });

  test('the OpenAPI document names every operation, and each reference leads somewhere', async () => {
    const { body } = await h.api('GET', '/openapi.json');
    const operations = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
      (path) => Object.values(path),
    );
    assert.ok(operations.length >= 18);
    assert.equal(new Set(operations.map((o) => o.operationId)).size, operations.length);
    for (const [, name] of JSON.stringify(body).matchAll(/#\/components\/schemas\/(\w+)/g))
      assert.ok(body.components.schemas[name ?? ''], `${name} is not defined`);
    assert.ok(!JSON.stringify(body).includes('$defs'));
  });

  test('the queue: counts, filters, pages, and an operator’s acts', async () => {
    const spool = await openSpool(h.bus);
    const ids: QueueId[] = [];
    for (const [i, domain] of ['a.test', 'b.test', 'b.test'].entries()) {
      const write = spool.open();
      await write.write(Buffer.from(`Message-ID: <${i}@x.test>\r\nSubject: s\r\n\r\nhi\r\n`));
      const sender = { localPart: 'alice', domain: 'x.test' };
      const recipient = { forwardPath: { localPart: 'bob', domain } };
      await write.commit({
        envelope: { reversePath: sender, recipients: [recipient] },
        origin: { kind: 'submission' },
        prefix: '',
        messageId: `${i}@x.test`,
      });
      ids.push(write.queueId);
      const now = Date.now();
      const record: QueueRecord = {
        ...{
          v: 1,
          queueId: write.queueId,
          transport: 'smtp',
          domain,
          part: '0',
          reversePath: sender,
          recipients: [recipient],
          covers: [`bob@${domain}`],
        },
        ...{
          prefix: '',
          state: i === 0 ? 'ready' : 'deferred',
          attempts: i,
          dueAt: now + 60_000,
          createdAt: now,
          expiresAt: now + 1e9,
        },
      };
      await createQueueRecord(h.bus, record);
    }
    const [first, second, third] = ids.sort() as [QueueId, QueueId, QueueId];
    const all = await eventually(async () => {
      const { body } = await h.api('GET', '/queue');
      return body.records.length === 3 ? body : `${body.records.length} records`;
    });
    assert.deepEqual([all.counts.ready, all.counts.deferred, all.cut], [1, 2, false]);
    const { body: page } = await h.api('GET', '/queue?limit=2');
    assert.deepEqual(
      page.records.map((r) => r.queueId),
      [first, second],
    );
    const { body: rest } = await h.api('GET', `/queue?limit=2&after=${page.next}`);
    assert.deepEqual(
      rest.records.map((r) => r.queueId),
      [third],
    );
    assert.equal(rest.next, undefined);
    assert.equal((await h.api('GET', '/queue?domain=B.test&state=deferred')).body.records.length, 2);
    assert.equal((await h.api('GET', '/queue?state=nonsense')).status, 400);

    const deferred = (await h.api('GET', '/queue?domain=b.test')).body.records[0]?.queueId as QueueId;
    const subject = subjects.queue(deferred, 'b.test', '0');
    const state = async () => (await readQueueRecord(h.bus, subject))?.record.state;
    const shown = (await h.api('GET', `/queue/${deferred}`)).body;
    assert.equal(shown.envelope.sender, 'alice@x.test');
    assert.ok(shown.envelope.size > 20 && shown.records.length === 1);
    assert.equal(
      (await h.api('POST', `/queue/${deferred}/hold`, { because: 'looks odd' })).body.results[0]?.result,
      'changed',
    );
    assert.equal((await readQueueRecord(h.bus, subject))?.record.heldBecause, 'looks odd');
    assert.equal((await h.api('POST', `/queue/${deferred}/retry`, {})).body.results[0]?.result, 'unchanged');
    await h.api('POST', `/queue/${deferred}/release`, {});
    assert.equal(await state(), 'ready');
    await h.api('POST', `/queue/${deferred}/cancel`, { because: 'no longer needed' });
    assert.equal(await state(), 'done');
    // The sender is told: a notification stands in the spool, with the null reverse-path.
    const info = await h.bus.jsm.streams.info('SPOOL', { subjects_filter: 'spool.*.head' });
    const heads = Object.keys(info.state.subjects ?? {})
      .map((s) => s.split('.')[1] as QueueId)
      .filter((id) => !ids.includes(id));
    assert.equal(heads.length, 1);
    const dsn = await spool.read(heads[0] as QueueId);
    assert.deepEqual([dsn?.head.envelope.reversePath, dsn?.head.origin.parent], [null, deferred]);
    await h.api('POST', `/queue/${deferred}/cancel`, {});
    assert.equal(
      (await h.bus.jsm.streams.info('SPOOL', { subjects_filter: 'spool.*.head' })).state.num_subjects,
      info.state.num_subjects,
    );
    assert.equal((await h.api('POST', `/queue/${newQueueId()}/hold`, {})).status, 404);
    spool.close();
  });
});

suite('a message’s story', () => {
  let h: Harness;
  before(async () => (h = await Harness.start()));
  after(() => h.stop());
  const traceOf = async (id: string) => (await h.api('GET', `/trace/${encodeURIComponent(id)}`)).body;

  test('events and spans of all agents are joined, and found by every name of the message', async () => {
    const queueId = newQueueId();
    const dsn = newQueueId();
    const [traceId, later, root, child] = [hex(16), hex(16), hex(8), hex(8)];
    const now = Date.now();
    const messageId = `a/b+${hex(4)}@example.test`;
    h.record({
      agent: 'msa',
      step: 'accepted',
      queueId,
      messageId,
      sender: 'alice@example.test',
      recipients: ['bob@example.test', 'x@far.test'],
      size: 999,
      traceparent: `00-${traceId}-${root}-01`,
    });
    h.record({ agent: 'mta', step: 'routed', queueId, recipients: ['robert@example.test', 'x@far.test'] });
    h.record({ agent: 'mda', step: 'delivered', queueId, recipients: ['robert@example.test'] });
    h.record({ agent: 'mta', step: 'notified', queueId, detail: `failed, as ${dsn}`, recipients: ['x@far.test'] });
    h.record({
      agent: 'mta',
      step: 'failed',
      queueId,
      recipients: ['x@far.test'],
      status: '5.1.2',
      detail: 'no such domain',
    });
    const sent = await Promise.all([
      post(
        h.otlp,
        JSON.stringify(
          otlpExport('postroad-msa', [{ traceId, spanId: root, name: 'msa accept', start: now - 9, ms: 3, queueId }]),
        ),
      ),
      post(
        h.otlp,
        gzipSync(
          JSON.stringify(
            otlpExport('postroad-mta', [
              { traceId, spanId: child, parentSpanId: root, name: 'mta.route', start: now - 5, ms: 2.5, queueId },
            ]),
          ),
        ),
        { 'content-encoding': 'gzip' },
      ),
      post(
        h.otlp,
        JSON.stringify(
          otlpExport('postroad-mta', [
            {
              traceId: later,
              spanId: hex(8),
              name: 'relay.attempt',
              start: now,
              ms: 1,
              link: traceId,
              error: 'no such domain',
            },
          ]),
        ),
      ),
    ]);
    assert.deepEqual(
      sent.map(({ status }) => status),
      [200, 200, 200],
    );

    const story = await eventually(async () => {
      const found = await traceOf(queueId);
      const [one] = found.messages ?? [];
      return one?.timeline.length === 8 ? one : `${one?.timeline.length} steps`;
    });
    assert.deepEqual([story.messageId, story.sender, story.state], [messageId, 'alice@example.test', 'failed']);
    assert.deepEqual(
      story.outcomes.map((o) => [o.recipient, o.outcome]),
      [
        ['robert@example.test', 'delivered'],
        ['x@far.test', 'failed'],
      ],
    );
    assert.deepEqual(story.related, [{ queueId: dsn, relation: 'derived', detail: 'failed' }]);
    const spans = story.timeline.filter((e) => e.kind === 'span');
    assert.deepEqual(
      spans.map((s) => [s.agent, s.relation, s.depth, s.durationMs]),
      [
        ['msa', 'root', 0, 3],
        ['mta', 'child', 1, 2.5],
        ['mta', 'linked', 0, 1],
      ],
    );
    const at = story.timeline.map((e) => e.at);
    assert.deepEqual(at, [...at].sort());

    for (const name of [
      messageId,
      `<${messageId}>`,
      traceId,
      `00-${traceId}-${root}-01`,
      'ALICE@example.test',
      'robert@example.test',
      queueId.toUpperCase(),
    ])
      assert.equal((await traceOf(name)).messages?.[0]?.queueId, queueId, name);
    assert.equal(
      (await h.api('GET', '/trace?sender=alice@example.test&recipient=x@far.test')).body.messages?.length,
      1,
    );
    assert.equal((await h.api('GET', '/trace?sender=alice@example.test&recipient=carol@far.test')).status, 404);
    assert.equal((await h.api('GET', '/trace')).status, 400);
    assert.equal((await h.api('GET', '/messages')).body.messages?.[0]?.queueId, queueId);
    // The other side of the relation.
    h.record({ agent: 'mta', step: 'routed', queueId: dsn, recipients: ['alice@example.test'] });
    const other = await eventually(async () => (await traceOf(dsn)).messages ?? 'no story');
    assert.deepEqual(other[0]?.related, [{ queueId, relation: 'parent', detail: 'failed' }]);
    assert.equal((await traceOf(newQueueId())).error.code, 'NOT_FOUND');
  });

  test('an unknown version of events is skipped and counted, and what follows is read', async () => {
    const queueId = newQueueId();
    for (const data of ['{"v":9,"events":[{}]}', 'not json'])
      await h.bus.publish('EVENTS', 'evt.1', Buffer.from(data), { msgId: crypto.randomUUID() });
    h.record({ agent: 'msa', step: 'accepted', queueId, sender: 'late@example.test', recipients: [] });
    await eventually(async () => (await traceOf(queueId)).messages ?? 'no story');
    assert.match(await h.metrics.render(), /postroad_ops_events_unreadable_total 2/);
  });

  test('exports that are none are refused with a reason', async () => {
    const cases: [number, Promise<Response>][] = [
      [415, post(h.otlp, 'x', { 'content-type': 'application/x-protobuf' })],
      [415, post(h.otlp, '{}', { 'content-encoding': 'br' })],
      [400, post(h.otlp, '{}')],
      [400, post(h.otlp, '[')],
      [400, post(h.otlp, 'not gzip', { 'content-encoding': 'gzip' })],
      [413, post(h.otlp, Buffer.alloc(4 * 1024 * 1024 + 1))],
      [413, post(h.otlp, gzipSync(Buffer.alloc(64 * 1024 * 1024)), { 'content-encoding': 'gzip' })],
      [405, fetch(h.otlp)],
      [404, post(h.otlp.replace('traces', 'logs'), '{}')],
      [200, post(h.otlp, '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz"},null,7]}]}]}')],
    ];
    for (const [status, asked] of cases) {
      const response = await asked;
      const body = (await response.json()) as { message?: string };
      assert.equal(response.status, status, JSON.stringify(body));
      if (status !== 200) assert.ok((body.message ?? '').length > 10);
    }
  });
});
