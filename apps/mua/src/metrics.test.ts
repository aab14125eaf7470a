import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AgentProcess, freePorts } from '@postroad/config/testing';
import { ensureClient } from './web/build.ts';

let agent: AgentProcess;
let origin = '';
before(async () => {
  const [httpPort = 0, nobody = 0] = await freePorts(2);
  origin = `http://127.0.0.1:${httpPort}`;
  await ensureClient();
  agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), {
    MUA_HTTP_PORT: `${httpPort}`,
    MUA_IMAP_PORT: `${nobody}`,
  });
});
after(() => agent.end());

async function value(series: string): Promise<number | undefined> {
  const { text } = await agent.ask('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`postroad_${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

test('requests, how long they took, and sign-ins that nobody could check (tools/stack has those that somebody did)', async () => {
  await fetch(`${origin}/`).then((page) => page.text());
  const body = JSON.stringify({ address: 'alice@postroad.test', password: 'secret' });
  const headers = { origin, 'x-postroad': '1', 'content-type': 'application/json' };
  const answer = await fetch(`${origin}/api/session`, { method: 'POST', headers, body });
  assert.equal(answer.status, 503, await answer.text());
  assert.equal(await value('auth_total{door="web",mechanism="form",outcome="error"}'), 1);
  assert.equal(await value('auth_total{door="web",mechanism="form",outcome="refused"}'), undefined);
  assert.equal(await value('http_requests_total{door="web",route="page",class="2xx"}'), 1);
  assert.equal(await value('http_requests_total{door="web",route="/api/session",class="5xx"}'), 1);
  assert.equal(await value('http_request_seconds_count{door="web"}'), 2);
  const sum = (await value('http_request_seconds_sum{door="web"}')) ?? 0;
  assert.ok(sum > 0 && sum < 20, `${sum}`);
});
