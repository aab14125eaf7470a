import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const AGENT = new URL('testing/fixture.ts', import.meta.url).pathname;

/** Runs the agent until it says `when`, ends it with SIGTERM; what it said, how it ended, and how long that took (ms). */
async function ended(behaviour: string, when: RegExp, env: object = {}) {
  const child = spawn(process.execPath, [AGENT], {
    env: { ...process.env, AGENT: behaviour, POSTROAD_DRAIN_SECONDS: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  const until = Date.now() + 20_000;
  while (!when.test(said) && Date.now() < until) await sleep(10);
  const since = performance.now();
  // Not 'exit': what it said last may still be on its way.
  const exit = once(child, 'close');
  child.kill('SIGTERM');
  const [code, signal] = (await exit) as [number | null, string | null];
  return { said, code, signal, ms: performance.now() - since };
}

test('SIGTERM drains for drainSeconds and ends with 0', async () => {
  const { said, code, ms } = await ended('', /started/);
  assert.match(said, /draining for 1 s\nleft 0\n/);
  assert.equal(code, 0);
  // Timers may be a few ms early.
  assert.ok(ms >= 950 && ms < 5_000, `${ms}`);
});

test('SIGTERM while it starts ends it at once', async () => {
  const { said, code, ms } = await ended('slow start', /starting/);
  assert.doesNotMatch(said, /draining/);
  assert.equal(code, 0);
  assert.ok(ms < 20_000, `${ms}`);
});

test('a drain that hangs ends before drainSeconds + 5', async () => {
  const { code, ms } = await ended('hung drain', /started/);
  assert.equal(code, 1);
  assert.ok(ms > 5_000 && ms < 20_000, `${ms}`);
});

test('a parent of no name (POSTROAD_PARENT empty) is the real one', async () => {
  const { code, said } = await ended('', /started/, { POSTROAD_PARENT: '' });
  assert.match(said, /draining/);
  assert.equal(code, 0);
});

const UNSHARE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const mayUnshare = spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'true']).status === 0;
/** Where no PID namespace may be made (in a chroot, in a container): the same as far as the agent can see it. */
const PRETEND = `data:text/javascript,Object.defineProperty(process,'ppid',{get:()=>0});Object.defineProperty(process,'pid',{value:1})`;
const COMMAND = mayUnshare ? [...UNSHARE, process.execPath, AGENT] : [process.execPath, '--import', PRETEND, AGENT];

test('PID 1 of a container, whose parent is 0: it stays, and SIGTERM drains it', async () => {
  const child = spawn(COMMAND[0] ?? '', COMMAND.slice(1), {
    env: { ...process.env, POSTROAD_DRAIN_SECONDS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  while (!said.includes('started')) await sleep(10);
  // Longer than the watch for the parent takes to look.
  await sleep(2_200);
  assert.equal(said, 'starting as 1 of 0\nstarted\n');
  // The signal is for the agent, not for unshare.
  const inside = mayUnshare
    ? readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
    : String(child.pid);
  assert.match(inside, /^\d+$/);
  const exit = once(child, 'close');
  process.kill(Number(inside), 'SIGTERM');
  const [code] = (await exit) as [number | null];
  assert.match(said, /draining for 1 s\nleft 0\n/);
  assert.equal(code, 0);
});
