import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { RateLimitedSampler } from './sampler.ts';
import { parseTraceparent, Tracing } from './tracing.ts';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';

test('spans of two agents share a trace, a later attempt is linked, and both reach the collector', async () => {
  const received: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push(`${request.url} ${body}`);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const msa = new Tracing({ service: 'postroad-msa', endpoint });
  const mta = new Tracing({ service: 'postroad-mta', endpoint });
  const accept = msa.span('accept', { attributes: { 'postroad.queue_id': 'q' } });
  const route = mta.span('route', { parent: accept.traceparent });
  const retry = mta.span('attempt', { link: route.traceparent });
  const traceOf = (text: string) => parseTraceparent(text)?.traceId;
  assert.equal(traceOf(route.traceparent), traceOf(accept.traceparent));
  assert.notEqual(traceOf(retry.traceparent), traceOf(accept.traceparent));
  for (const span of [accept, route, retry]) span.end();
  await msa.shutdown();
  await mta.shutdown();
  server.close();
  const all = received.join('\n');
  assert.match(all, /^\/v1\/traces /m);
  for (const name of ['"accept"', '"route"', '"attempt"', 'postroad-msa', '"links":[{'])
    assert.ok(all.includes(name), name);
});

test('a traceparent that is none is ignored', () => {
  for (const bad of ['', 'x', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`, `01-${'1'.repeat(32)}-${'1'.repeat(16)}-01`])
    assert.equal(parseTraceparent(bad), undefined);
});

test('of many new traces at once only the allowed number is recorded', () => {
  const sampler = new RateLimitedSampler(10);
  const taken = Array.from({ length: 100 }, () => sampler.shouldSample(ROOT_CONTEXT)).filter(
    (r) => r.decision !== SamplingDecision.NOT_RECORD,
  );
  assert.equal(taken.length, 10);
});
