/**
 * NAME      npm run cluster-check
 * SUMMARY   builds the image where no registry can be reached, runs every agent role as a container of its own over real NATS, PostgreSQL and
 *           S3, and proves that mail flows, that each container is confined, and that each can be replaced; with --upgrade, that nobody notices
 *           when all are replaced under load
 * PRODUCES  tables; with --json one last line {"image","outcomes","figures","ended"}, with --upgrade {"accepted","lost",
 *           "duplicated","longestWaitMs","errors","replaced","certificates",…}; exit code 1 when something is not as it must be
 */
import { parseArgs } from 'node:util';
import type { Cluster } from './cluster.ts';
import { Engine } from './engine.ts';
import { figuresTable, imageLines, outcomesTable } from './report.ts';
import { runCheck } from './run.ts';
import { upgradeDetails, upgradeReport } from './upgrade/report.ts';
import { runUpgrade } from './upgrade/run.ts';

/** Longer than the slowest machine needs for two builds; then everything is ended. */
const LIMIT_MS = 20 * 60_000;

const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '1' },
    from: { type: 'string' },
    upgrade: { type: 'string' },
    plain: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '2' },
    patience: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    fresh: { type: 'boolean', default: false },
    'port-offset': { type: 'string', default: '26000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'npm run cluster-check -- [--brokers 1|3] [--from COMMIT] [--fresh] [--port-offset N] [--json]\n' +
      'npm run cluster-check -- --upgrade COMMIT [--seconds N] [--rounds N] [--patience SECONDS] [--brokers 1|3] [--fresh] [--port-offset N] [--json]\n' +
      'npm run cluster-check -- --plain [--seconds N] [--rounds N] [--patience SECONDS] [--brokers 1|3] [--port-offset N] [--json]\n' +
      '  --from COMMIT  start from the image of that commit and replace every role by today’s\n' +
      '  --upgrade COMMIT  the same under load, --rounds (2) times; for at least --seconds (60)\n' +
      '  --patience     longest time that an accepted message may wait (5)\n' +
      '  --plain        the same with processes of this checkout instead of containers: needs no root and no image\n' +
      '  --fresh        build without the layers of earlier builds\n',
  );
  process.exit(0);
}

const say = (line: string) => void process.stderr.write(`${line}\n`);
let running: Cluster | null = null;
let ending = false;
const engine = values.plain ? null : await Engine.open().catch((error: unknown) => fail(error));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void interrupt(signal));
setTimeout(() => void interrupt(`${LIMIT_MS / 60_000} minutes are over`), LIMIT_MS).unref();

try {
  const brokers: 1 | 3 = values.brokers === '3' ? 3 : 1;
  const options = { say, fresh: values.fresh, brokers, portOffset: Number(values['port-offset']) };
  const onCluster = (cluster: Cluster) => (running = cluster);
  if (values.upgrade !== undefined || engine === null) {
    const seconds = Number(values.seconds);
    if (!(seconds > 0)) throw new Error(`--seconds ${values.seconds}: give a number of seconds`);
    const rounds = Math.max(1, Number(values.rounds));
    const from = values.upgrade ?? '';
    const goalMs = Number(values.patience) * 1_000;
    const result = await runUpgrade({ ...options, engine, onCluster, from, seconds, rounds, goalMs });
    const { troubles, ended, ...figures } = result;
    process.stderr.write(upgradeDetails(result));
    process.stdout.write(`\n${upgradeReport(result)}`);
    if (values.json)
      process.stdout.write(
        `${JSON.stringify({ ...figures, drains: ended.map(({ name, exitCode, seconds }) => ({ name, exitCode, seconds })), troubles: troubles.length })}\n`,
      );
    process.exit(result.shortfalls.length === 0 ? 0 : 1);
  }
  const result = await runCheck({ ...options, engine, onCluster, from: values.from ?? null });
  const { image, outcomes, figures, ended } = result;
  const bad = outcomes.filter(({ ok }) => !ok);
  process.stdout.write(
    `\n${imageLines(image)}\n\n${figuresTable(figures, ended)}\n\n${outcomesTable(outcomes)}\n\n` +
      `${outcomes.length} checks, ${bad.length === 0 ? 'all good' : `${bad.length} BAD`}\n`,
  );
  for (const { name, detail } of bad) process.stderr.write(`\n${name}:\n${detail}\n`);
  const brief = ended.map(({ name, exitCode, seconds }) => ({ name, exitCode, seconds }));
  if (values.json) process.stdout.write(`${JSON.stringify({ ...result, ended: brief })}\n`);
  process.exit(bad.length === 0 ? 0 : 1);
} catch (error) {
  if (!ending) fail(error);
  // What had been started before the interruption is gone by now.
  process.exit(130);
}

function fail(error: unknown): never {
  process.stderr.write(`cluster-check: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** Ends everything that runs, then this process. */
async function interrupt(why: string): Promise<void> {
  if (ending) return;
  ending = true;
  say(`cluster-check: ${why}: ending every instance and store`);
  setTimeout(() => process.exit(130), 60_000).unref();
  await engine?.abort().catch((error: unknown) => say(String(error)));
  // Without a whole cluster, its start fails by now and cleans up after itself.
  if (running === null) return;
  await running[Symbol.asyncDispose]().catch((error: unknown) => say(String(error)));
  process.exit(130);
}
