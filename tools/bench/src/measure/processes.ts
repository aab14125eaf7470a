import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

interface Usage {
  /** CPU seconds, with those of children that ended. */
  readonly cpu: number;
  /** Proportional set size of what runs now, in MiB. */
  readonly memory: number;
}

function statOf(pid: number): { parent: number; ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces: count fields after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return null;
  }
}

function memoryOf(pid: number): number {
  try {
    const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return Number(match?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** CPU time and memory of processes and all that descend from them (Linux /proc). */
export function usageOf(roots: readonly number[]): Usage {
  const parents = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(Number(name));
    if (stat !== null) parents.set(Number(name), stat);
  }
  const belongs = (pid: number): boolean => {
    for (let at = pid, depth = 0; at > 1 && depth < 50; at = parents.get(at)?.parent ?? 0, depth++)
      if (roots.includes(at)) return true;
    return false;
  };
  const pids = [...parents.keys()].filter(belongs);
  return {
    cpu: pids.reduce((sum, pid) => sum + (parents.get(pid)?.ticks ?? 0), 0) / TICKS_PER_SECOND,
    memory: pids.reduce((sum, pid) => sum + memoryOf(pid), 0),
  };
}
