import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
/** Short, so that a limited process is slow rather than stop-and-go. */
const PERIOD_US = 25_000;

/**
 * Limits of CPU as Kubernetes sets them (`resources.limits.cpu`): a control group a process. They show on a small machine how
 * a larger one would scale: the processes are the bottleneck, not the cores.
 */
export class CpuLimits {
  readonly #parent: string;
  readonly #groups: string[] = [];
  readonly #unified: boolean;

  /** @throws with what is missing: it needs root and a writable cpu controller */
  constructor() {
    this.#unified = !existsSync(join(ROOT, 'cpu'));
    this.#parent = join(ROOT, this.#unified ? '' : 'cpu', `postroad-bench-${process.pid}`);
    try {
      mkdirSync(this.#parent);
      if (this.#unified) writeFileSync(join(this.#parent, 'cgroup.subtree_control'), '+cpu');
    } catch (error) {
      throw new Error(`limits of CPU need root and a cpu control group (${ROOT}); --cpu 0 measures without`, {
        cause: error,
      });
    }
  }

  /** Gives a process and its threads `cores` (0.1: a tenth of one). */
  limit(pid: number, cores: number): void {
    const group = join(this.#parent, String(pid));
    mkdirSync(group);
    this.#groups.push(group);
    const quota = Math.round(PERIOD_US * cores);
    if (this.#unified) writeFileSync(join(group, 'cpu.max'), `${quota} ${PERIOD_US}`);
    else {
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US));
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota));
    }
    writeFileSync(join(group, 'cgroup.procs'), String(pid));
  }

  /** Unlimited again, so that they can end in time; their groups go. */
  release(pids: readonly number[]): void {
    const home = join(ROOT, this.#unified ? '' : 'cpu', 'cgroup.procs');
    for (const pid of pids) if (existsSync(`/proc/${pid}`)) writeFileSync(home, String(pid));
    for (const group of this.#groups.splice(0)) rmdirSync(group);
  }

  close(): void {
    rmdirSync(this.#parent);
  }
}
