/**
 * NAME      npm run generate
 * SUMMARY   writes what is derived from code: docs/config.md from the agents' configuration, docs/imap.md from
 *           libs/imap/SPEC.md and its tests, deploy/nats/nats.conf.example from the permissions of the bus, the chart's values from
 *           tools/chart, docs/metrics.md, rules and dashboards from tools/observe. `generated.test.ts` fails when a file is stale.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated.ts';
import { ROOT } from './repository.ts';

for (const [path, text] of await generatedFiles()) {
  await mkdir(dirname(join(ROOT, path)), { recursive: true });
  await writeFile(join(ROOT, path), text);
  process.stdout.write(`${path}\n`);
}
