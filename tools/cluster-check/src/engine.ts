import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, findProgram } from '@postroad/testkit';
import { command, endCommands, succeed } from './command.ts';

const PROGRAMS = ['buildah', 'podman', 'runc', 'debootstrap'];
const OWNER = 'postroad.cluster-check';
const MOST_IMAGES = 80;

/** buildah and podman with a storage of their own in the project's cache: the machine's own images and containers are never seen. */
export class Engine {
  /** Label of everything this process starts. */
  readonly label = `${OWNER}=${process.pid}`;
  readonly dir: string;
  readonly #flags: readonly string[];
  #aborted = false;

  private constructor(dir: string) {
    this.dir = dir;
    // What is true only until the machine is started again belongs below /run; one place for each storage.
    const run = `/run/postroad-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`;
    this.#flags = ['--root', join(dir, 'storage'), '--runroot', run];
  }

  /** @throws when this machine cannot do it, saying what is missing, or while another process uses the storage */
  static async open(): Promise<Engine> {
    if (process.getuid?.() !== 0) throw new Error('containers without a registry need root here: run it as root');
    const absent = PROGRAMS.filter((name) => findProgram(name) === null);
    if (absent.length > 0) throw new Error(`not installed: ${absent.join(', ')} (Debian packages)`);
    const dir = join(CACHE, 'cluster-check');
    mkdirSync(join(dir, 'storage'), { recursive: true, mode: 0o700 });
    claim(dir);
    const engine = new Engine(dir);
    await engine.#sweep();
    return engine;
  }

  async podman(args: readonly string[], options: { input?: string; timeoutMs?: number } = {}) {
    if (this.#aborted && args[0] === 'run') throw new Error('interrupted');
    // crun asks for rights that a confined machine may not have; no systemd is needed for cgroups or logs.
    const runtime = ['--runtime', findProgram('runc') ?? 'runc', '--cgroup-manager', 'cgroupfs'];
    return command('podman', [...this.#flags, ...runtime, '--events-backend', 'none', ...args], options);
  }

  /** As {@link podman}, when it must succeed. Resolves to its output. */
  async ok(args: readonly string[], options: { input?: string; timeoutMs?: number } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.podman(args, options);
    if (code === 0) return stdout.trim();
    throw new Error(`podman ${args.join(' ').slice(0, 200)}: exit code ${code}\n${`${stdout}${stderr}`.slice(-3_000)}`);
  }

  buildah(args: readonly string[], cwd?: string): Promise<string> {
    return succeed('buildah', [...this.#flags, ...args], cwd === undefined ? {} : { cwd });
  }

  /** Removes every container of this process and starts none from now on: whoever waits for one fails and cleans up. */
  async abort(): Promise<void> {
    this.#aborted = true;
    endCommands();
    const ids = await this.ok(['ps', '--all', '--quiet', '--filter', `label=${this.label}`]);
    if (ids !== '') await this.ok(['rm', '--force', '--time', '0', ...ids.split('\n')]);
  }

  /** Removes what an earlier run that ended without a word (SIGKILL) left behind, and old layers when there are many. */
  async #sweep(): Promise<void> {
    const left = await this.ok(['ps', '--all', '--quiet', '--filter', `label=${OWNER}`]);
    if (left !== '') await this.ok(['rm', '--force', '--time', '0', ...left.split('\n')]);
    await this.buildah(['rm', '--all']);
    const images = (await this.ok(['images', '--all', '--quiet'])).split('\n').length;
    // They only make the next build faster, and each build leaves a dozen.
    if (images > MOST_IMAGES) await this.ok(['image', 'prune', '--force']);
  }
}

/** One process to a storage: the sweep of another would end what this one runs. @throws while another lives */
function claim(dir: string): void {
  const file = join(dir, 'pid');
  const other = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (other !== process.pid && alive(other))
    throw new Error(`another cluster-check runs on ${dir} (process ${other}): wait for it, or set POSTROAD_CACHE`);
  writeFileSync(file, String(process.pid));
}

function alive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cluster-check');
  } catch {
    return false;
  }
}
