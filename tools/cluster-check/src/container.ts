import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Instead of the image's own. */
  readonly entrypoint?: string;
  /** What follows `postroad`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Folders of this machine, by their place in the container. */
  readonly volumes: readonly { readonly from: string; readonly to: string; readonly writable?: boolean }[];
}

export interface Ended {
  readonly name: string;
  readonly exitCode: number | null;
  /** From the signal to the end. */
  readonly seconds: number;
  /** The end of what it wrote. */
  readonly log: string;
}

/** Longer than any drain may take: settings default to 25 s, and some for closing. */
const GRACE_MS = 40_000;

/** One container as a cluster would run it: no root, no capability, nothing to write to but /tmp and what is mounted. */
export class Container {
  readonly spec: ContainerSpec;
  readonly id: string;
  /** Of its first process, as this machine sees it. */
  readonly pid: number;
  readonly #engine: Engine;

  private constructor(engine: Engine, spec: ContainerSpec, id: string, pid: number) {
    this.#engine = engine;
    this.spec = spec;
    this.id = id;
    this.pid = pid;
  }

  /** `dir`: a folder for files with secrets, which must not be arguments. */
  static async start(engine: Engine, spec: ContainerSpec, dir: string): Promise<Container> {
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

  get alive(): boolean {
    return statusOf(this.pid) !== '';
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await this.#engine.podman(['logs', '--tail', '60', this.id]);
    return `${stdout}${stderr}`.slice(-4_000);
  }

  /** Resolves to the seconds it took until `url` answered 200. @throws with the end of its log when it ended or was not in time */
  async ready(url: string, timeoutMs = 60_000): Promise<number> {
    const began = performance.now();
    for (;;) {
      const ok = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
        (response) => response.ok,
        () => false,
      );
      if (ok && this.alive) return (performance.now() - began) / 1_000;
      if (!this.alive || performance.now() - began > timeoutMs)
        throw new Error(`${this.spec.name} did not become ready:\n${await this.log()}`);
      await sleep(50);
    }
  }

  /** Resident memory of its first process now and at most, in octets. */
  memory(): { readonly now: number; readonly most: number } {
    const status = statusOf(this.pid);
    const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    return { now: kib('VmRSS') * 1_024, most: kib('VmHWM') * 1_024 };
  }

  /** Runs a program in it, beside the agent, as a user (default: the agent's). */
  exec(args: readonly string[], user?: string) {
    return this.#engine.podman(['exec', ...(user === undefined ? [] : ['--user', user]), this.id, ...args]);
  }

  /** SIGTERM, and SIGKILL when it takes longer than any drain; then it is removed. */
  async stop(): Promise<Ended> {
    const began = performance.now();
    if (this.alive) process.kill(this.pid, 'SIGTERM');
    while (this.alive && performance.now() - began < GRACE_MS) await sleep(20);
    const inTime = !this.alive;
    const seconds = (performance.now() - began) / 1_000;
    if (!inTime) await this.#engine.podman(['kill', this.id]);
    const code = await this.#engine.podman(['wait', this.id], { timeoutMs: 20_000 });
    const log = await this.log();
    await this.remove();
    return { name: this.spec.name, exitCode: inTime && code.code === 0 ? Number(code.stdout) : null, seconds, log };
  }

  /** Away with it, whatever it does. */
  async remove(): Promise<void> {
    await this.#engine.podman(['rm', '--force', '--time', '0', this.id]);
  }
}

/** A command line of the administrator, in a container that ends by itself. Resolves to its output. */
export function runOnce(engine: Engine, spec: ContainerSpec, input: string): Promise<string> {
  const args = ['run', '--rm', '--interactive', ...confinement(engine, spec), spec.image, ...spec.args];
  return engine.ok(args, { input, timeoutMs: 60_000 });
}

/** The flags of `podman run` that stand for a restricted pod. */
function confinement(engine: Engine, { volumes, entrypoint }: ContainerSpec): string[] {
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

/** `/proc/<pid>/status`; empty when there is no such process any more. */
function statusOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^State:\s+[ZX]/m.test(status) ? '' : status;
  } catch {
    return '';
  }
}
