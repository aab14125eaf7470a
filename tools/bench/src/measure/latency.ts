import { setTimeout as sleep } from 'node:timers/promises';
import { LoadClient, messageOf } from '@postroad/testkit';
import type { System } from '../systems/system.ts';
import { openImap } from './imap.ts';

export interface LatencyOptions {
  /** Messages a second in the background, to other mailboxes. */
  readonly rate: number;
  readonly seconds: number;
  readonly size: number;
  /** Probes a second to the watched mailbox. */
  readonly probes: number;
}

export interface Latency {
  readonly samples: number;
  readonly missing: number;
  readonly p50: number;
  readonly p99: number;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * ms from DATA to the moment an idling IMAP client has seen the message and fetched its subject, under load at a steady
 * rate. Probes go to a mailbox of their own; each is recognised by its subject.
 */
export async function measureLatency(system: System, options: LatencyOptions): Promise<Latency> {
  const [watched = '', ...others] = system.users;
  const sentAt = new Map<string, number>();
  const seen = new Map<string, number>();
  const watcher = await watch(system, watched, seen);
  const probe = await LoadClient.open(system.mx);
  const background = await Promise.all(Array.from({ length: 20 }, () => LoadClient.open(system.mx)));
  const until = performance.now() + options.seconds * 1_000;
  const paced = async (perSecond: number, work: (n: number) => Promise<void>) => {
    const began = performance.now();
    for (let n = 0; performance.now() < until; n++) {
      const due = began + (n * 1_000) / perSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      await work(n);
    }
  };
  await Promise.all([
    paced(options.probes, async (n) => {
      const id = `probe-${n}`;
      sentAt.set(`bench ${id}`, performance.now());
      await probe.send(
        'a@bench.local',
        [watched],
        messageOf({ from: 'a@bench.local', to: watched, size: options.size, id }),
      );
    }),
    ...background.map((client, i) =>
      paced(options.rate / background.length, async (n) => {
        const to = others[(i + n) % others.length] ?? watched;
        await client.send(
          'a@bench.local',
          [to],
          messageOf({ from: 'a@bench.local', to, size: options.size, id: `bg-${i}-${n}` }),
        );
      }),
    ),
  ]);
  for (let i = 0; i < 100 && seen.size < sentAt.size; i++) await sleep(100);
  for (const client of [probe, ...background]) client.close();
  await watcher.logout().catch(() => undefined);
  const times = [...sentAt]
    .flatMap(([subject, at]) => (seen.has(subject) ? [(seen.get(subject) ?? 0) - at] : []))
    .sort((a, b) => a - b);
  return {
    samples: times.length,
    missing: sentAt.size - times.length,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  };
}

/** An IMAP client that idles in the inbox and reads the subject of whatever arrives. */
async function watch(system: System, user: string, seen: Map<string, number>) {
  const client = await openImap(system, user);
  const box = await client.mailboxOpen('INBOX');
  let next = box.uidNext;
  let reading = false;
  let again = false;
  const read = async () => {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    do {
      again = false;
      for await (const message of client.fetch(`${next}:*`, { uid: true, envelope: true }, { uid: true })) {
        if (message.uid < next) continue;
        seen.set(message.envelope?.subject ?? '', performance.now());
        next = message.uid + 1;
      }
    } while (again);
    reading = false;
  };
  client.on('exists', () => void read().catch(() => undefined));
  // IDLE ends whenever another command is sent: it is asked for again until the connection closes.
  void (async () => {
    while (client.usable) {
      await client.idle().catch(() => undefined);
      await sleep(1);
    }
  })();
  return client;
}
