/**
 * NAME      tools/sessions, both stores
 * SUMMARY   the short form that `npm test` runs: sqlite, then postgres, each with mdas killed
 * PRODUCES  one line of JSON by store; exit code 1 when either found a mismatch
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const results: Record<string, unknown> = {};
let failed = false;
for (const store of ['sqlite', 'postgres']) {
  const script = join(import.meta.dirname, 'main.ts');
  const args = [script, '--store', store, '--kill', '--clients', '10', ...process.argv.slice(2), '--json'];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = stdout.split('\n').findLast((text) => text.startsWith('{'));
  results[store] = line === undefined ? null : JSON.parse(line);
  failed ||= status !== 0;
}
process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(failed ? 1 : 0);
