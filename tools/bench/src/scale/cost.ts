import { readFileSync } from 'node:fs';
import { usageOf } from '../measure/processes.ts';
import type { RoleProcess } from './processes.ts';

/** CPU seconds used so far, by what used them. */
export type Cpu = Readonly<Record<string, number>>;

export interface Parts {
  readonly roles: readonly RoleProcess[];
  readonly brokers: readonly number[];
  readonly postgres: number;
}

export function cpuOf({ roles, brokers, postgres }: Parts): Cpu {
  const cpu: Record<string, number> = { NATS: usageOf(brokers).cpu, PostgreSQL: usageOf([postgres]).cpu };
  for (const { role, child } of roles) cpu[role] = (cpu[role] ?? 0) + usageOf([child.pid ?? 0]).cpu;
  return { ...cpu, machine: busySeconds() };
}

/** MiB, proportional. */
export function memoryOf({ roles, brokers, postgres }: Parts): Readonly<Record<string, number>> {
  const memory: Record<string, number> = { NATS: usageOf(brokers).memory, PostgreSQL: usageOf([postgres]).memory };
  for (const { role, child } of roles) memory[role] = Math.max(memory[role] ?? 0, usageOf([child.pid ?? 0]).memory);
  return memory;
}

/** All that the machine's cores did (user, nice, system, interrupts), load generators included. */
function busySeconds(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    /^cpu .*/m.exec(readFileSync('/proc/stat', 'utf8'))?.[0] ?? ''
  )
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq) / 100;
}

/** Milliseconds of CPU a message. */
export const perMessage = (before: Cpu, after: Cpu, messages: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [name, ((seconds - (before[name] ?? 0)) * 1_000) / messages]),
  );

/** Bytes that processes had written to disk so far (Linux /proc). */
export const writtenBy = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const line = /^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'));
    return sum + Number(line?.[1] ?? 0);
  }, 0);
