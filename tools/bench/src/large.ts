import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadClient, messageOf } from '@postroad/testkit';
import { InboxCounter } from './measure/imap.ts';
import type { Sink } from './measure/sink.ts';
import type { startPostroad } from './systems/postroad.ts';

const MIB = 1024 * 1024;

export interface LargeResult {
  readonly messages: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Largest resident memory each process had while they passed, MiB. */
  readonly peakMiB: Readonly<Record<string, number>>;
}

/** Large messages, all at once, into a mailbox and to another server: what memory each process took at most. */
export async function largeMessages(
  system: Awaited<ReturnType<typeof startPostroad>>,
  sink: Sink,
  count: number,
  size: number,
): Promise<LargeResult> {
  const user = system.users[0] ?? '';
  const children = [...system.stack.brokers, ...system.stack.agents];
  const counter = await InboxCounter.open(system, [user]);
  const [filed, relayed] = [await counter.total(), sink.messages];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const client = await LoadClient.open(system.submission, { user, password: system.password });
      await client.send(
        user,
        [user, `big${i}@world.example`],
        messageOf({ from: user, to: user, size, id: `big-${i}` }),
      );
      client.close();
    }),
  );
  while ((await counter.total()) - filed < count || sink.messages - relayed < count) await sleep(100);
  const seconds = (performance.now() - began) / 1_000;
  await counter.close();
  const peakMiB = Object.fromEntries(children.map((child) => [child.name, Math.round(peakOf(child.pid ?? 0) / MIB)]));
  return { messages: count, bytes: size, seconds, peakMiB };
}

/** Highest resident set of a process so far, in bytes (Linux: VmHWM). */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}
