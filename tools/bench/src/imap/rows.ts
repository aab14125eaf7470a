import { setTimeout as sleep } from 'node:timers/promises';
import type { LeanClient } from './client.ts';
import { benchMessage, NEEDLE } from './messages.ts';
import { quiet } from './quiet.ts';
import type { ImapSystem } from './systems.ts';

/** What one row showed: operations a second over all connections, and how long one took. */
export interface RowResult {
  readonly rate: number;
  /** ms */
  readonly p50: number;
  readonly operations: number;
}

/** One thing that clients ask for, over and over. */
export interface Row {
  readonly name: string;
  readonly connections: number;
  /** Selected before, null: none. */
  readonly mailbox: string | null;
  /** Prepares a connection. */
  readonly prepare?: (client: LeanClient, index: number) => Promise<void>;
  readonly operation: (client: LeanClient, index: number, round: number) => Promise<void>;
}

/** Rows over a mailbox of so many messages. With many connections each asks for less, as clients that share a server do. */
export function rowsFor(mailbox: string, size: number, connections: number): Row[] {
  const span = connections === 1 ? size : connections === 20 ? Math.min(size, 1000) : 100;
  const range = (index: number, round: number): string => {
    if (span === size) return '1:*';
    const first = 1 + ((index * 7919 + round * 104_729) % (size - span));
    return `${String(first)}:${String(first + span - 1)}`;
  };
  const row = (name: string, operation: Row['operation']): Row => ({ name, connections, mailbox, operation });
  return [
    {
      ...row('SELECT', (client) => client.command(`SELECT ${mailbox}`)),
      mailbox: null,
    },
    row(`FETCH FLAGS of ${String(span)}`, (client, i, n) => client.command(`FETCH ${range(i, n)} (UID FLAGS)`)),
    row(`FETCH ENVELOPE of ${String(span)}`, (client, i, n) =>
      client.command(`FETCH ${range(i, n)} (UID FLAGS ENVELOPE)`),
    ),
    row(`FETCH bodies of ${String(span)}`, (client, i, n) => client.command(`FETCH ${range(i, n)} (BODY.PEEK[])`)),
    row('SEARCH TEXT', (client) => client.command(`UID SEARCH TEXT ${NEEDLE}`)),
    row('SORT SUBJECT', (client) => client.command('UID SORT (SUBJECT) UTF-8 ALL')),
    {
      ...row('APPEND', (client, i, n) => {
        const message = benchMessage(1_000_000 + i * 10_000 + n);
        const head = Buffer.from(`APPEND In${String(i)} {${String(message.length)}+}\r\n`);
        return client.command(Buffer.concat([head, message, Buffer.from('\r\n')]));
      }),
      prepare: (client, i) => client.command(`CREATE In${String(i)}`).catch(() => undefined),
      mailbox: null,
    },
  ];
}

/** Every connection asks again as soon as it is answered, for `seconds`, at least once; one that takes longer than `patience` is given up. */
export async function measureRow(system: ImapSystem, row: Row, seconds: number, patience: number): Promise<RowResult> {
  const clients: LeanClient[] = [];
  for (let i = 0; i < row.connections; i++) {
    const client = await system.open();
    if (row.mailbox !== null) await client.command(`SELECT ${row.mailbox}`);
    await row.prepare?.(client, i);
    clients.push(client);
  }
  const times: number[] = [];
  const began = performance.now();
  const work = clients.map(async (client, i) => {
    for (let n = 0; n === 0 || performance.now() - began < seconds * 1000; n++) {
      const start = performance.now();
      await row.operation(client, i, n);
      times.push(performance.now() - start);
    }
  });
  const over = new AbortController();
  const done = await Promise.race([
    Promise.all(work).then(() => true),
    sleep(patience * 1000, false, { signal: over.signal }).catch(() => false),
  ]);
  over.abort();
  const elapsed = (performance.now() - began) / 1000;
  for (const client of clients) client.close();
  if (!done) {
    await Promise.allSettled(work);
    system.leave();
    await quiet();
  }
  const sorted = times.sort((a, b) => a - b);
  return {
    rate: times.length / elapsed,
    p50: sorted[sorted.length >> 1] ?? patience * 1000,
    operations: times.length,
  };
}

/** From the tagged OK of an APPEND to the EXISTS that another connection gets in IDLE, in ms. */
export async function measureIdle(system: ImapSystem, rounds: number): Promise<{ p50: number; p99: number }> {
  const [watcher, writer] = [await system.open(), await system.open()];
  await watcher.command('CREATE Watched').catch(() => undefined);
  await watcher.command('SELECT Watched');
  const delays: number[] = [];
  await watcher.until('+ ', 'i IDLE\r\n');
  for (let n = 0; n < rounds; n++) {
    await sleep(30);
    const message = benchMessage(2_000_000 + n);
    let told = 0;
    const heard = watcher.until('* ', '').then(() => (told = performance.now()));
    await writer.command(
      Buffer.concat([Buffer.from(`APPEND Watched {${String(message.length)}+}\r\n`), message, Buffer.from('\r\n')]),
    );
    const answered = performance.now();
    await heard;
    delays.push(Math.max(0, told - answered));
    await sleep(20);
  }
  watcher.close();
  writer.close();
  const sorted = delays.sort((a, b) => a - b);
  return { p50: sorted[sorted.length >> 1] ?? 0, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
}
