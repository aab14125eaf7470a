import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Test files that descendants of a process are running now: what to look at when a step does not end. Linux only. */
export function runningTests(ancestor: number): readonly string[] {
  const all = processes();
  const family = new Set([ancestor]);
  // A child may be listed before its parent: as often as something is added, again.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  const files = all
    .filter(({ pid }) => family.has(pid))
    .map(({ command }) => /\S+\.test\.ts(?= |$)/.exec(command)?.[0]);
  return [...new Set(files.filter((file) => file !== undefined && !file.includes('*')))] as string[];
}

function processes(): readonly Process[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? describe(Number(name)) : []));
  } catch {
    return [];
  }
}

function describe(pid: number): Process[] {
  try {
    // The name stands in parentheses and may hold anything; the parent is the second field after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return [{ pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
