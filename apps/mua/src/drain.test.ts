import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { AgentProcess, freePorts } from '@postroad/config/testing';
import { ensureClient } from './web/build.ts';

/** A started webmail, and a request to it whose last octet is missing. */
async function start(drainSeconds: number): Promise<{ agent: AgentProcess; open: Socket; httpPort: number }> {
  const [httpPort = 0] = await freePorts(1);
  await ensureClient();
  const agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), {
    MUA_HTTP_PORT: `${httpPort}`,
    DRAIN_SECONDS: `${drainSeconds}`,
  });
  const open = connect(httpPort, '127.0.0.1');
  open.write(
    `POST /api/session HTTP/1.1\r\nHost: 127.0.0.1:${httpPort}\r\nOrigin: http://127.0.0.1:${httpPort}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
  );
  await once(open, 'connect');
  // Until the server has read so far.
  await fetch(`http://127.0.0.1:${httpPort}/`).then((page) => page.text());
  return { agent, open, httpPort };
}

test('SIGTERM: unready at once, requests under way are answered, and the end is 0', async () => {
  const { agent, open, httpPort } = await start(60);
  const ended = agent.end();
  assert.equal(await agent.until('/readyz', 503), 'draining');
  assert.equal((await agent.ask('/livez')).status, 200);
  await assert.rejects(fetch(`http://127.0.0.1:${httpPort}/`));
  open.write('}');
  const [answer] = (await once(open, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 4\d\d /);
  const { code, ms } = await ended;
  assert.equal(code, 0);
  assert.ok(ms < 40_000, `${ms}`);
});

test('a request that does not end is cut after drainSeconds, and the end is 0', async () => {
  const { agent, open } = await start(1);
  open.on('error', () => undefined);
  const { code, ms } = await agent.end();
  assert.equal(code, 0);
  assert.ok(ms > 900 && ms < 15_000, `${ms}`);
});
