import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { provision, settingsFor, TestBroker } from '@postroad/bus/testing';
import { AgentProcess, freePorts } from '@postroad/config/testing';
import { testCertificate } from '@postroad/net/testing';

test('submission is ready only while the directory can be read: a bucket that is gone, a broker that stops, and back', async () => {
  const broker = await TestBroker.start({ servers: 1 });
  const ops = await provision(broker);
  const [submission = 0, submissions = 0] = await freePorts(2);
  const { cert, key } = testCertificate();
  const agent = await AgentProcess.start(join(import.meta.dirname, 'main.ts'), {
    ...settingsFor('msa', broker),
    TLS_CERT: cert,
    TLS_KEY: key,
    MSA_SUBMISSION_PORT: `${submission}`,
    MSA_SUBMISSIONS_PORT: `${submissions}`,
  });
  try {
    assert.match((await agent.ask('/metrics')).text, /^postroad_spool_admits 1$/m);
    await broker.kill(0);
    // An answer is kept for five seconds, and a question waits for two.
    assert.match(await agent.until('/readyz', 503, 30_000), /the bucket directory cannot be read/);
    assert.equal((await agent.ask('/livez')).status, 200);
    broker.launch(0);
    await broker.ready();
    await agent.until('/readyz', 200, 40_000);
    await ops.jsm.streams.delete('KV_verifiers');
    assert.match(await agent.until('/readyz', 503, 30_000), /the bucket verifiers cannot be read: stream not found/);
  } finally {
    await agent.kill();
    await ops.close();
    await broker.stop();
  }
});
