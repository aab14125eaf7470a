import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from '../measure/processes.ts';
import type { LeanClient } from './client.ts';
import type { ImapSystem } from './systems.ts';

export interface IdleMemory {
  readonly connections: number;
  /** MiB of all processes, without and with them. */
  readonly before: number;
  readonly after: number;
  readonly perConnectionKiB: number;
}

/** Connections that are signed in, have selected a mailbox and wait in IDLE. */
export async function measureIdleMemory(system: ImapSystem, mailbox: string, connections: number): Promise<IdleMemory> {
  const one = await system.open();
  await one.command(`SELECT ${mailbox}`);
  await sleep(2000);
  const before = usageOf(system.pids()).memory;
  const clients: LeanClient[] = [one];
  while (clients.length < connections) {
    const opened = await Promise.all(
      Array.from({ length: Math.min(50, connections - clients.length) }, () => system.open()),
    );
    for (const client of opened) {
      await client.command(`SELECT ${mailbox}`);
      await client.until('+ ', 'i IDLE\r\n');
    }
    clients.push(...opened);
  }
  await sleep(5000);
  const after = usageOf(system.pids()).memory;
  for (const client of clients) client.close();
  await sleep(500);
  return { connections, before, after, perConnectionKiB: ((after - before) * 1024) / (connections - 1) };
}
