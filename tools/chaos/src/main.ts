/**
 * NAME      npm run chaos
 * SUMMARY   sends under load while every agent and the broker are killed, then compares promises with mailboxes
 * PRODUCES  a summary; with --json one last line {"accepted","lost","duplicates","kills",…}; exit code 1 when something is lost or doubled
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '5000' },
    brokers: { type: 'string', default: '1' },
    sessions: { type: 'string', default: '20' },
    seed: { type: 'string' },
    'port-offset': { type: 'string', default: '28000' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'npm run chaos -- [--messages N] [--brokers 1|3] [--sessions N] [--seed N] [--port-offset N] [--keep] [--json]\n',
  );
  process.exit(0);
}
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
const home = mkdtempSync(join(tmpdir(), 'postroad-chaos-'));
process.stderr.write(`seed ${seed}; state in ${home}\n`);
const result = await run({
  home,
  seed,
  messages: Number(values.messages),
  sessions: Number(values.sessions),
  brokers: values.brokers === '3' ? 3 : 1,
  portOffset: Number(values['port-offset']),
  say: (line) => process.stderr.write(line),
});
const { details, ...numbers } = result;
for (const detail of details) process.stderr.write(`${detail}\n`);
const good = result.lost === 0 && result.duplicates === 0 && result.relayLost === 0 && result.settled;
process.stdout.write(
  `accepted ${result.accepted}, unanswered ${result.unanswered}, kills ${result.kills}: lost ${result.lost}, duplicates ${result.duplicates}, ` +
    `relay lost ${result.relayLost}, relay duplicates ${result.relayDuplicates}, notifications ${result.notifications} (${result.seconds.toFixed(0)} s)\n`,
);
if (values.json) process.stdout.write(`${JSON.stringify(numbers)}\n`);
if (good && !values.keep) rmSync(home, { recursive: true, force: true });
else process.stderr.write(`logs and state are kept in ${home}; run the same again with --seed ${seed}\n`);
process.exit(good ? 0 : 1);
