import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What one instance of a role is to run. */
export interface RunSpec {
  readonly name: string;
  readonly image: string;
  /** Instead of the image's own. */
  readonly entrypoint?: string;
  /** What follows `postroad`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Folders of this machine, by the place where the instance finds them. */
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

/** One running instance: a container, or a plain process. */
export interface Running {
  readonly spec: RunSpec;
  /** Of its first process, as this machine sees it. */
  readonly pid: number;
  /** The end of what it wrote. */
  log(): Promise<string>;
  /** SIGTERM, and SIGKILL when it takes longer than any drain; then nothing is left of it. */
  stop(): Promise<Ended>;
  /** Away with it, whatever it does. */
  remove(): Promise<void>;
}

/** How instances are run. */
export interface Runner {
  /** `dir`: a folder for files of the instance. */
  start(spec: RunSpec, dir: string): Promise<Running>;
  /** A command line of the administrator, which ends by itself. Resolves to its output. @throws with its words when it fails */
  once(spec: RunSpec, input: string): Promise<string>;
}

/** Longer than any drain may take: settings default to 25 s, and some for closing. */
const GRACE_MS = 40_000;

export const isAlive = (pid: number): boolean => statusOf(pid) !== '';

/** Resolves when `url` answers 200. @throws with the end of its log when it ended or was not in time */
export async function becomesReady(running: Running, url: string, timeoutMs = 60_000): Promise<void> {
  const began = performance.now();
  for (;;) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok && isAlive(running.pid)) return;
    if (!isAlive(running.pid) || performance.now() - began > timeoutMs)
      throw new Error(`${running.spec.name} did not become ready:\n${await running.log()}`);
    await sleep(50);
  }
}

/** SIGTERM to a process; resolves to the seconds it took to end, and whether it did before the longest drain was over. */
export async function terminate(pid: number): Promise<{ readonly seconds: number; readonly inTime: boolean }> {
  const began = performance.now();
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  while (isAlive(pid) && performance.now() - began < GRACE_MS) await sleep(20);
  return { inTime: !isAlive(pid), seconds: (performance.now() - began) / 1_000 };
}

/** Resident memory of a process now and at most, in octets. */
export function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = statusOf(pid);
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { now: kib('VmRSS') * 1_024, most: kib('VmHWM') * 1_024 };
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
