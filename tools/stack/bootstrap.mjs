// The first thing that runs, under whatever Node (>= 18) the machine has, with nothing installed: it brings the Node,
// the dependencies and the nats-server that the project needs, and hands over. Plain JavaScript on purpose.
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { ensureNatsServer } from './bootstrap/nats-server.mjs';
import { ensureNode } from './bootstrap/node.mjs';
import { ensurePeers } from './bootstrap/peers.mjs';
import { ensurePromtool } from './bootstrap/promtool.mjs';
import { ensureS3Server } from './bootstrap/s3-server.mjs';
import { CACHE, fail, ROOT } from './bootstrap/shared.mjs';

/** What each command runs once everything is there, and whether it needs the peers of the tests. */
const COMMANDS = {
  start: { script: 'tools/stack/src/main.ts', peers: false },
  test: { script: 'tools/stack/src/test-all.ts', peers: true },
  bench: { script: 'tools/bench/src/main.ts', peers: true },
  chaos: { script: 'tools/chaos/src/main.ts', peers: false },
  sessions: { script: 'tools/sessions/src/main.ts', peers: true },
  'cluster-check': { script: 'tools/cluster-check/src/main.ts', peers: true, imageTools: true },
  fuzz: {
    script: 'libs/imap/src/session/fuzz.test.ts',
    flags: ['--expose-gc', '--test', '--test-reporter=spec'],
    env: { IMAP_FUZZ_COMMANDS: '1000000' },
    peers: false,
  },
  generate: { script: 'tools/lint/src/generate.ts', peers: false },
};

const [name = 'start', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) fail(`there is no command ${name}; there are ${Object.keys(COMMANDS).join(', ')}`);

try {
  const node = await ensureNode();
  await ensureDependencies(node);
  await ensureNatsServer();
  if (command.peers) {
    await ensurePeers(command);
    await ensurePromtool();
    await ensureS3Server(node);
  }
  await rm(join(CACHE, 'tmp'), { recursive: true, force: true });
  run(node);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

function run(node) {
  const { script, flags = [], env = {} } = command;
  const child = spawn(node, [...flags, join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...env, ...process.env, PATH: `${join(node, '..')}:${process.env.PATH}` },
  });
  // Ctrl-C reaches the child by itself (same terminal); this process only waits for it to end in its own time. `start` minds no second
  // one, and is also ended by scripts that know this process alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => (signal !== 'SIGINT' || name === 'start') && child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
