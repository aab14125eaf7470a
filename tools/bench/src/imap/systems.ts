import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { subjects } from '@postroad/bus';
import { KvDirectoryWriter } from '@postroad/directory';
import { Stack } from '@postroad/stack';
import { startDovecot } from '@postroad/testkit';
import { LeanClient, PROXY_ADDRESS } from './client.ts';
import { benchMessage } from './messages.ts';

/** A server under measurement. */
export interface ImapSystem {
  readonly name: 'Postroad' | 'Dovecot';
  readonly pids: () => readonly number[];
  open(): Promise<LeanClient>;
  /** Fills a mailbox with messages 0 … count−1. */
  fill(mailbox: string, count: number, progress: (done: number) => void): Promise<void>;
  /** Waits for what it still does behind what it was filled with, so that no row is measured beside it. Resolves to the seconds it took. */
  settle(): Promise<number>;
  /** Has it leave what it still does for clients that are gone: the next row is not to wait for it. */
  leave(): void;
  stop(): Promise<void>;
}

const USER = 'u0@mbox.test';
const PASSWORD = 'bench-password';
const BATCH = 200;

/** The mda alone with its broker; clients come through a proxy that ended TLS, as Dovecot's come without. */
export async function startPostroadImap(portOffset: number): Promise<ImapSystem> {
  const home = mkdtempSync(join(tmpdir(), 'postroad-bench-imap-'));
  const stack = await Stack.start({
    home,
    portOffset,
    agents: ['mda'],
    domain: 'mbox.test',
    env: {
      POSTROAD_LOG_LEVEL: 'warn',
      POSTROAD_MDA_PROXY_FROM: PROXY_ADDRESS,
      POSTROAD_MDA_MAX_CONNECTIONS: '20000',
      POSTROAD_MDA_MAX_CONNECTIONS_PER_ADDRESS: '20000',
    },
  });
  const directory = new KvDirectoryWriter(stack.bus);
  await directory.addDomain('mbox.test');
  await directory.addAccount({ address: USER, password: PASSWORD });
  const open = (): Promise<LeanClient> =>
    LeanClient.open(stack.ports.imap, { proxied: true, user: USER, password: PASSWORD });
  return {
    name: 'Postroad',
    pids: () => [stack.child('mda').pid ?? 0],
    open,
    fill: async (mailbox, count, progress) => {
      const client = await open();
      await client.command(`CREATE ${mailbox}`);
      for (let at = 0; at < count; at += BATCH) {
        const parts: Buffer[] = [Buffer.from(`APPEND ${mailbox}`)];
        for (let n = at; n < Math.min(count, at + BATCH); n++) {
          const message = benchMessage(n);
          parts.push(Buffer.from(` (\\Seen) {${String(message.length)}+}\r\n`), message);
        }
        await client.command(Buffer.concat([...parts, Buffer.from('\r\n')]));
        progress(at + BATCH);
      }
      client.close();
    },
    settle: async () => {
      const began = performance.now();
      while ((await backlogOf(stack)) > 0) await sleep(100);
      return (performance.now() - began) / 1000;
    },
    // a session ends with its connection
    leave: () => undefined,
    stop: async () => {
      await stack.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Its Maildirs are written as files, as a delivery would leave them. */
export async function startDovecotImap(): Promise<ImapSystem> {
  const dovecot = await startDovecot();
  const { uid, gid } = statSync(dovecot.mail);
  const open = (): Promise<LeanClient> =>
    LeanClient.open(dovecot.port, { proxied: false, user: USER, password: dovecot.password });
  return {
    name: 'Dovecot',
    pids: () => [dovecot.pid],
    open,
    fill: async (mailbox, count, progress) => {
      const client = await open();
      await client.command(`CREATE ${mailbox}`);
      client.close();
      const cur = join(dovecot.mail, USER, `.${mailbox}`, 'cur');
      await mkdir(cur, { recursive: true });
      for (let n = 0; n < count; n++) {
        const path = join(cur, `${String(1_700_000_000 + n)}.M${String(n)}P1.bench:2,S`);
        writeFileSync(path, benchMessage(n).toString('latin1').replaceAll('\r\n', '\n'));
        await chown(path, uid, gid);
        if (n % 5000 === 0) progress(n);
      }
    },
    settle: () => Promise.resolve(0),
    // a process for each session, a child of ours: it searches on until it has something to write
    leave: () => {
      for (const pid of childrenOf(dovecot.pid, 'imap')) end(pid);
    },
    stop: () => dovecot.stop(),
  };
}

/** Messages that the text index does not know yet: searches read those. */
async function backlogOf(stack: Stack): Promise<number> {
  const { data } = await stack.bus.nc.request(subjects.adminMda('index'), '{}', { timeout: 30_000 });
  const { result } = JSON.parse(Buffer.from(data).toString()) as { result: { backlog: number } };
  return result.backlog;
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}

/** Processes of this name that a process started and that run. */
function childrenOf(parent: number, name: string): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const [, comm = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      return comm === name && Number(rest.split(' ')[1]) === parent ? [Number(entry)] : [];
    } catch {
      // no process, or one that ended meanwhile
      return [];
    }
  });
}
