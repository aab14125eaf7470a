/**
 * NAME      npm run sessions
 * SUMMARY   many IMAP clients do random things in shared mailboxes at once, each checking what it is told against a model
 * PRODUCES  a summary; with --json one last line; exit code 1 at the first thing that does not fit
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './run.ts';
import { startServers } from './servers.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    seconds: { type: 'string', default: '60' },
    clients: { type: 'string', default: '15' },
    mdas: { type: 'string', default: '2' },
    kill: { type: 'boolean', default: false },
    seed: { type: 'string' },
    'port-offset': { type: 'string', default: '27000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'npm run sessions -- [--store sqlite|postgres] [--seconds N] [--clients N] [--mdas N] [--kill] [--seed N] [--port-offset N] [--json]\n',
  );
  process.exit(0);
}
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
const store = values.store === 'postgres' ? 'postgres' : 'sqlite';
const home = mkdtempSync(join(tmpdir(), 'postroad-sessions-'));
process.stderr.write(`seed ${String(seed)}, ${store}; state in ${home}\n`);
const servers = await startServers({
  home,
  store,
  // the embedded store is one process's own
  mdas: store === 'sqlite' ? 1 : Number(values.mdas),
  portOffset: Number(values['port-offset']),
});
let failure: unknown = null;
try {
  const result = await run({
    seed,
    seconds: Number(values.seconds),
    clients: Number(values.clients),
    people: servers.people,
    port: servers.port,
    ...(values.kill && { kill: servers.kill }),
    barrierEvery: 4000,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const { commands, barriers, compared, losses, kills, seconds } = result;
  process.stdout.write(
    `${store}: ${String(commands)} commands of ${values.clients} clients in ${seconds.toFixed(0)} s, stopped ${String(barriers)} times, ${String(compared)} messages compared, ${String(kills)} kills, ${String(losses)} connections lost: no mismatch\n`,
  );
  if (values.json) process.stdout.write(`${JSON.stringify({ store, seed, mismatches: 0, ...result })}\n`);
} catch (error) {
  failure = error;
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.stderr.write(`logs and state are kept in ${home}; the same choices again: --seed ${String(seed)}\n`);
}
await servers.stop();
if (failure === null) rmSync(home, { recursive: true, force: true });
process.exit(failure === null ? 0 : 1);
