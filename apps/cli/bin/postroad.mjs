#!/usr/bin/env node
// Plain JavaScript on purpose: it runs under whatever Node the machine has, and hands over to one that runs TypeScript.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 26;
const app = join(dirname(fileURLToPath(import.meta.url)), '..');

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  const { main } = await import('../src/main.ts');
  process.exitCode = await main();
} else {
  const cache = process.env.POSTROAD_CACHE ?? join(app, '../../.cache');
  const node = join(cache, 'node/bin/node');
  if (!existsSync(node)) {
    process.stderr.write(
      `postroad: this is Node ${process.versions.node}; Postroad needs ${NEEDED} or newer, and there is none at ${node}.\n` +
        'Run `npm start` once in the repository: it brings one.\n',
    );
    process.exit(1);
  }
  const { status, signal } = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 128 + (constants.signals[signal] ?? 1));
}
