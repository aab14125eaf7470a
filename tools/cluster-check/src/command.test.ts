import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, endCommands, succeed } from './command.ts';

const node = (code: string, options = {}) => command(process.execPath, ['-e', code], options);

test('a program’s input, output and exit code', async () => {
  const code = `process.stdin.on('data', (d) => process.stdout.write(d)).on('end', () => process.exit(3))`;
  assert.deepEqual(await node(code, { input: 'hello' }), { code: 3, stdout: 'hello', stderr: '' });
  await assert.rejects(
    succeed(process.execPath, ['-e', 'console.error("why"); process.exit(4)']),
    /exit code 4\n.*why/s,
  );
  await assert.rejects(async () => command('no-such-program', []), /no-such-program is not installed/);
});

test('one that takes too long is ended and named; one that is told to end fails', async () => {
  const forever = 'setInterval(() => {}, 1000)';
  await assert.rejects(node(forever, { timeoutMs: 200 }), /took longer than 0\.2 s/);
  const running = node(forever);
  await sleep(100);
  endCommands();
  assert.equal((await running).code, 128);
});
