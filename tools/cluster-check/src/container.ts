import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { type Ended, type Running, type Runner, type RunSpec, terminate } from './running.ts';

/** One container as a cluster would run it: no root, no capability, nothing to write to but /tmp and what is mounted. */
export class Container implements Running {
  readonly spec: RunSpec;
  readonly id: string;
  /** Of its first process, as this machine sees it. */
  readonly pid: number;
  readonly #engine: Engine;

  private constructor(engine: Engine, spec: RunSpec, id: string, pid: number) {
    this.#engine = engine;
    this.spec = spec;
    this.id = id;
    this.pid = pid;
  }

  /** `dir`: a folder for files with secrets, which must not be arguments. */
  static async start(engine: Engine, spec: RunSpec, dir: string): Promise<Container> {
    const envFile = join(dir, `${spec.name}.env`);
    const env = Object.entries(spec.env).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(envFile, env.join(''), { mode: 0o600 });
    try {
      const own = ['--detach', '--name', `${spec.name}-${process.pid}`, '--env-file', envFile];
      const id = await engine.ok(['run', ...own, ...confinement(engine, spec), spec.image, ...spec.args]);
      const pid = Number(await engine.ok(['inspect', '--format', '{{.State.Pid}}', id]));
      return new Container(engine, spec, id, pid);
    } finally {
      rmSync(envFile, { force: true });
    }
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await this.#engine.podman(['logs', '--tail', '60', this.id]);
    return `${stdout}${stderr}`.slice(-4_000);
  }

  /** Runs a program in it, beside the agent, as a user (default: the agent's). */
  exec(args: readonly string[], user?: string) {
    return this.#engine.podman(['exec', ...(user === undefined ? [] : ['--user', user]), this.id, ...args]);
  }

  async stop(): Promise<Ended> {
    const { seconds, inTime } = await terminate(this.pid);
    if (!inTime) await this.#engine.podman(['kill', this.id]);
    const code = await this.#engine.podman(['wait', this.id], { timeoutMs: 20_000 });
    const log = await this.log();
    await this.remove();
    return { name: this.spec.name, exitCode: inTime && code.code === 0 ? Number(code.stdout) : null, seconds, log };
  }

  async remove(): Promise<void> {
    await this.#engine.podman(['rm', '--force', '--time', '0', this.id]);
  }
}

/** Instances as containers. */
export const containerRunner = (engine: Engine): Runner => ({
  start: (spec, dir) => Container.start(engine, spec, dir),
  once: (spec, input) => {
    const args = ['run', '--rm', '--interactive', ...confinement(engine, spec), spec.image, ...spec.args];
    return engine.ok(args, { input, timeoutMs: 60_000 });
  },
});

/** The flags of `podman run` that stand for a restricted pod. */
function confinement(engine: Engine, { volumes, entrypoint }: RunSpec): string[] {
  // This machine may not be allowed to raise limits, which podman tries by default: lower ones can always be set.
  const files = Math.min(hardLimit('Max open files'), 65_536);
  const processes = Math.min(hardLimit('Max processes'), 4_096);
  return [
    ...['--label', engine.label, '--log-driver', 'k8s-file', '--pull', 'never'],
    // Everything of ours listens on loopback only, so it is this machine's loopback.
    ...['--network', 'host'],
    ...['--read-only', '--read-only-tmpfs=false', '--tmpfs', '/tmp:rw,nosuid,nodev,noexec,size=64m,mode=1777'],
    ...['--user', '10001:10001', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
    ...['--ulimit', `nofile=${files}:${files}`, '--ulimit', `nproc=${processes}:${processes}`],
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    ...volumes.flatMap(({ from, to, writable }) => ['--volume', `${from}:${to}:${writable === true ? 'rw' : 'ro'}`]),
  ];
}

function hardLimit(name: string): number {
  const line = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/limits', 'utf8'));
  return line === null ? Infinity : Number(line[1]);
}
