import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MALLOC, REPOSITORY } from '@postroad/testkit';
import { succeed } from './command.ts';
import { isAlive, type Running, type Runner, type RunSpec, terminate } from './running.ts';

/** The image's entry point, which works in a checkout too. */
const LAUNCHER = join(REPOSITORY, 'deploy/docker/postroad.mjs');

/**
 * Instances as plain processes of this checkout: for machines that may not run containers, and for CI. It proves what the agents
 * do to each other and to clients when they are replaced; it proves nothing of the image.
 */
export const plainRunner: Runner = {
  start: async (spec, dir) => {
    const file = join(dir, `${spec.name}.log`);
    const log = openSync(file, 'a', 0o600);
    const child = spawn(process.execPath, [LAUNCHER, ...placed(spec, spec.args)], {
      env: environment(spec),
      stdio: ['ignore', log, log],
      // Ctrl-C is for us: we end them in order.
      detached: true,
    });
    closeSync(log);
    const ended = once(child, 'exit') as Promise<[number | null]>;
    ended.catch(() => undefined);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const running: Running = {
      spec,
      pid,
      log: () => Promise.resolve(readFileSync(file, 'utf8').slice(-4_000)),
      stop: async () => {
        const { seconds, inTime } = await terminate(pid);
        await running.remove();
        const [code] = await ended;
        return { name: spec.name, exitCode: inTime ? code : null, seconds, log: await running.log() };
      },
      remove: async () => {
        if (isAlive(pid)) process.kill(pid, 'SIGKILL');
        await ended;
      },
    };
    return running;
  },
  once: (spec, input) =>
    succeed(process.execPath, [LAUNCHER, ...placed(spec, spec.args)], {
      env: environment(spec),
      input,
      timeoutMs: 60_000,
    }),
};

/** Without mounts, paths are those of this machine. */
const placed = ({ volumes }: RunSpec, texts: readonly string[]): string[] =>
  texts.map((text) => volumes.reduce((path, { from, to }) => path.replaceAll(to, from), text));

function environment(spec: RunSpec): Record<string, string> {
  const names = Object.keys(spec.env);
  const values = placed(spec, Object.values(spec.env));
  return {
    PATH: process.env['PATH'] ?? '',
    // Where the Node of a bare machine finds its libraries (tools/stack/bootstrap/node.mjs).
    LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] ?? '',
    HOME: '/tmp',
    NODE_ENV: 'production',
    ...MALLOC,
    POSTROAD_PARENT: String(process.pid),
    ...Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])),
  };
}
