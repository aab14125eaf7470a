import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Stack, type StackOptions } from './stack.ts';

describe('a home has one stack', () => {
  const dir = mkdtempSync(join(tmpdir(), 'postroad-home-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const options = (portOffset: number): StackOptions => ({ home: join(dir, 'home'), portOffset, agents: [] });
  /** A stack of another process, which is killed at the end of the work. */
  const inAnotherProcess = async (work: () => Promise<void>) => {
    const script = `import { Stack } from ${JSON.stringify(join(import.meta.dirname, 'stack.ts'))};
      await Stack.start(${JSON.stringify(options(25_300))}); console.log('up'); setInterval(() => {}, 1e6);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(child.stdout, 'data');
      await work();
    } finally {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  };
  const brokerPid = () => Number(readFileSync(join(dir, 'home', 'nats', 'nats-1.pid'), 'utf8'));

  test('a second one is refused, on whatever ports, before it touches anything; the first is unharmed', async () => {
    const first = await Stack.start({ ...options(25_300), domain: 'first.test' });
    await assert.rejects(
      Stack.start(options(25_400)),
      new RegExp(`runs in .*home already \\(process ${process.pid}\\)`),
    );
    assert.equal(first.domain, 'first.test');
    assert.ok((await first.bus.jsm.streams.info('SPOOL')).config.name);
    await first.stop();
  });

  test('when it has stopped the next one runs, with the domain it had', async () => {
    const next = await Stack.start(options(25_300));
    assert.equal(next.domain, 'first.test');
    await next.stop();
  });

  test('a start that failed leaves the home free', async () => {
    const first = await Stack.start({ ...options(25_300), home: join(dir, 'other') });
    await assert.rejects(Stack.start(options(25_300)), /address already in use$/);
    await first.stop();
    await (await Stack.start(options(25_300))).stop();
  });

  test('a stack that was killed leaves its broker; the next start ends that one first', async () => {
    let orphan = 0;
    await inAnotherProcess(async () => {
      await assert.rejects(Stack.start(options(25_400)), /runs in .*home already/);
      orphan = brokerPid();
    });
    process.kill(orphan, 0);
    const said: string[] = [];
    const next = await Stack.start({ ...options(25_400), say: (line) => void said.push(line) });
    assert.match(said[0] ?? '', /nats-1 was left running/);
    assert.throws(() => process.kill(orphan, 0), { code: 'ESRCH' });
    assert.notEqual(brokerPid(), orphan);
    await next.stop();
  });
});
