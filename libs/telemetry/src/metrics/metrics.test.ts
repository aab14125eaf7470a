import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRICS } from './catalogue.ts';
import { gauge } from './definition.ts';
import { Metrics } from './metrics.ts';
import { statusClass } from './status-class.ts';

const series = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name));

test('counters add up, by label', async () => {
  const metrics = new Metrics();
  metrics.count(METRICS.smtpBytes, { door: 'mx' });
  metrics.count(METRICS.smtpBytes, { door: 'mx' }, 2);
  metrics.count(METRICS.smtpBytes, { door: 'lmtp' }, 5);
  assert.deepEqual(series(await metrics.render(), 'postroad_smtp_message_bytes_total'), [
    'postroad_smtp_message_bytes_total{door="mx"} 3',
    'postroad_smtp_message_bytes_total{door="lmtp"} 5',
  ]);
});

test('gauges are read at each look, from all who tell of one, and what is gone is not told', async () => {
  const metrics = new Metrics();
  const open = new Map([['mx', 2]]);
  metrics.gauges(METRICS.sessions, () => [...open].map(([door, value]) => ({ labels: { door }, value })));
  metrics.gauge(METRICS.sessions, { door: 'imap' }, () => 7);
  assert.deepEqual(series(await metrics.render(), 'postroad_sessions{'), [
    'postroad_sessions{door="mx"} 2',
    'postroad_sessions{door="imap"} 7',
  ]);
  open.clear();
  assert.deepEqual(series(await metrics.render(), 'postroad_sessions{'), ['postroad_sessions{door="imap"} 7']);
});

test('totals are read at each look, and add up', async () => {
  const metrics = new Metrics();
  let octets = 5;
  metrics.total(METRICS.imapBytes, { direction: 'in' }, () => octets);
  metrics.total(METRICS.imapBytes, { direction: 'in' }, () => 1);
  assert.deepEqual(series(await metrics.render(), 'postroad_imap_bytes_total'), [
    'postroad_imap_bytes_total{direction="in"} 6',
  ]);
  octets = 7;
  const text = await metrics.render();
  assert.deepEqual(series(text, 'postroad_imap_bytes_total'), ['postroad_imap_bytes_total{direction="in"} 8']);
  assert.match(text, /^# TYPE postroad_imap_bytes_total counter$/m);
});

test('a gauge without labels of which nobody tells is not told as 0', async () => {
  const metrics = new Metrics();
  const values: number[] = [];
  metrics.gauges(METRICS.canarySuccess, () => values.map((value) => ({ labels: {}, value })));
  assert.deepEqual(series(await metrics.render(), 'postroad_canary_success'), []);
  values.push(1);
  assert.deepEqual(series(await metrics.render(), 'postroad_canary_success'), ['postroad_canary_success 1']);
  values.length = 0;
  assert.deepEqual(series(await metrics.render(), 'postroad_canary_success'), []);
});

test('histograms have the buckets of their definition', async () => {
  const metrics = new Metrics();
  metrics.observe(METRICS.deliverBatch, {}, 3);
  const text = series(await metrics.render(), 'postroad_deliver_batch_messages');
  assert.ok(text.includes('postroad_deliver_batch_messages_bucket{le="2"} 0'));
  assert.ok(text.includes('postroad_deliver_batch_messages_bucket{le="5"} 1'));
  assert.ok(text.includes('postroad_deliver_batch_messages_sum 3'));
});

test('a label that takes any value does not fill the memory', async () => {
  const metrics = new Metrics();
  for (let i = 0; i < 5_000; i++) metrics.count(METRICS.relayHeld, {});
  for (let i = 0; i < 5_000; i++) metrics.count(METRICS.auth, { door: 'mx', mechanism: `m${i}`, outcome: 'ok' });
  assert.equal(series(await metrics.render(), 'postroad_auth_total').length, 2_000);
});

test("Node's own metrics are there", async () => {
  const text = await new Metrics().render();
  for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds'])
    assert.equal(series(text, `${name} `).length, 1, name);
});

test('names, labels and helps of the catalogue are as Prometheus wants them, each name once', () => {
  const all = Object.values(METRICS);
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  for (const { name, type, help, labels } of all) {
    assert.match(name, /^postroad_[a-z][a-z0-9_]*$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.ok(help.length > 10 && !help.includes('\n'), name);
    for (const label of labels) assert.match(label, /^[a-z]+$/);
  }
  assert.equal(gauge('postroad_x', 'A gauge of nothing.').labels.length, 0);
});

test('a status of another host cannot make series of its own', () => {
  assert.equal(statusClass('4.4.1'), '4.4');
  assert.equal(statusClass('5.99.1'), 'other');
  assert.equal(statusClass('4.4.1"} 1\n'), 'other');
  assert.equal(statusClass(undefined), '');
});
