// The image's entry point. `postroad <msa|mta|mda|mua|ops> [--role …]` runs that agent in this very process, so that a SIGTERM for process 1 is its own;
// `postroad --version` says what this is; anything else is the administrator's command (apps/cli).
import { readFileSync } from 'node:fs';

const AGENTS = ['msa', 'mta', 'mda', 'mua', 'ops'];
const root = new URL('../../', import.meta.url);
const [name = '--help', ...rest] = process.argv.slice(2);

if (name === '--version') {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  process.stdout.write(`postroad ${process.env.POSTROAD_BUILD ?? version} (node ${process.version})\n`);
} else if (AGENTS.includes(name)) {
  // The kernel drops a signal that process 1 has no handler for. Until the agent has one of its own, being told to end is ending.
  for (const signal of ['SIGTERM', 'SIGINT'])
    process.once(signal, () => process.listenerCount(signal) === 0 && process.exit(0));
  process.argv.splice(2, 1);
  await import(new URL(`apps/${name}/src/main.ts`, root).href);
} else {
  process.argv.splice(2, process.argv.length, name, ...rest);
  const { main } = await import(new URL('apps/cli/src/main.ts', root).href);
  process.exitCode = await main();
}
