import { readFileSync } from 'node:fs';
import type { Container } from './container.ts';

/** What `/proc/<pid>/status` and `mountinfo` say of a process, as far as a restricted pod promises something. */
export interface Confinement {
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  /** Capability sets in hexadecimal, inherited to ambient. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  /** 2: filtered. */
  readonly seccomp: number;
  readonly rootReadOnly: boolean;
}

export function parseConfinement(status: string, mountinfo: string): Confinement {
  const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
  const numbers = (name: string) => [...new Set(field(name).split(/\s+/).map(Number))];
  const root = mountinfo.split('\n').find((line) => line.split(' ')[4] === '/');
  return {
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(field),
    noNewPrivileges: field('NoNewPrivs') === '1',
    seccomp: Number(field('Seccomp')),
    rootReadOnly: root?.split(' ')[5]?.split(',').includes('ro') ?? false,
  };
}

/** What is wrong with it, in words; nothing when it is as it must be. */
export function faultsOf(found: Confinement): string[] {
  const faults: string[] = [];
  if (found.uids.join() !== '10001' || found.gids.join() !== '10001')
    faults.push(`runs as ${found.uids.join('/')}:${found.gids.join('/')}, not 10001:10001`);
  if (!found.capabilities.every((set) => /^0+$/.test(set))) faults.push(`capabilities ${found.capabilities.join(' ')}`);
  if (!found.noNewPrivileges) faults.push('may gain privileges');
  if (found.seccomp !== 2) faults.push(`seccomp mode ${found.seccomp}`);
  if (!found.rootReadOnly) faults.push('the root is mounted writable');
  return faults;
}

const WRITE = `try { require('fs').writeFileSync(process.argv[1] + '/x', ''); console.log('written') } catch (e) { console.log(e.code) }`;

/** Looks at a running container from outside, and tries to write from inside: even as root only /tmp takes it. */
export async function confinementFaults(container: Container): Promise<string[]> {
  const read = (name: string) => readFileSync(`/proc/${container.pid}/${name}`, 'utf8');
  const faults = faultsOf(parseConfinement(read('status'), read('mountinfo')));
  const attempts = [
    ['10001:10001', '/tmp', 'written'],
    ['10001:10001', '/postroad', 'EROFS'],
    ['0:0', '/postroad', 'EROFS'],
    ['0:0', '/etc', 'EROFS'],
  ] as const;
  for (const [user, folder, expected] of attempts) {
    const { stdout, stderr } = await container.exec(['node', '-e', WRITE, folder], user);
    const outcome = stdout.trim() || stderr.trim();
    if (outcome !== expected) faults.push(`writing to ${folder} as ${user}: ${outcome}, not ${expected}`);
  }
  return faults;
}
