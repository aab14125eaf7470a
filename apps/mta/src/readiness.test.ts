import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Bus } from '@postroad/bus';
import { provision, settingsFor, TestBroker } from '@postroad/bus/testing';
import { AgentProcess, freePorts } from '@postroad/config/testing';

void describe('readiness of the mta', () => {
  let broker: TestBroker;
  let ops: Bus;
  const agents: AgentProcess[] = [];
  before(async () => {
    broker = await TestBroker.start({ servers: 1 });
    ops = await provision(broker);
  });
  after(async () => {
    await Promise.all(agents.map((agent) => agent.kill()));
    await ops.close();
    await broker.stop();
  });

  async function start(role: string): Promise<AgentProcess> {
    const [port = 0] = await freePorts(1);
    const settings = {
      ...settingsFor('mta', broker),
      MTA_MX_PORT: `${port}`,
    };
    const agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), settings, ['--role', role]);
    agents.push(agent);
    return agent;
  }

  test('each role says what it misses: its broker, then its consumer, its bucket', async () => {
    const [mx, router, relay] = await Promise.all(['mx', 'router', 'relay'].map(start));
    assert.ok(mx && router && relay);
    await broker.kill(0);
    const without = await Promise.all([
      mx.until('/readyz', 503, 30_000),
      router.until('/readyz', 503, 30_000),
      relay.until('/readyz', 503, 40_000),
    ]);
    assert.match(without[0], /the bucket directory cannot be read/);
    assert.match(without[1], /cannot be read|does not work/);
    assert.match(without[2], /the leases could not be written for \d+ s/);
    broker.launch(0);
    await broker.ready();
    await Promise.all([mx, router, relay].map((agent) => agent.until('/readyz', 200, 40_000)));
    await ops.jsm.consumers.delete('SPOOL', 'router');
    assert.match(await router.until('/readyz', 503, 30_000), /the consumer router of SPOOL does not work/);
    assert.equal((await mx.ask('/readyz')).status, 200);
    await ops.jsm.streams.delete('KV_directory');
    assert.match(await mx.until('/readyz', 503, 30_000), /the bucket directory cannot be read: stream not found/);
  });
});
