import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KvDirectoryWriter } from '@postroad/directory';
import { Stack } from '@postroad/stack';
import type { System } from './system.ts';

export interface PostroadOptions {
  readonly portOffset: number;
  readonly users: number;
  /** host:port that takes the mail to the world. */
  readonly sink: string;
}

const PASSWORD = 'bench-password';

/** The stack as `npm start` runs it: every 250 and every ack after an fsync, finisher on. */
export async function startPostroad(
  options: PostroadOptions,
): Promise<System & { readonly certificate: string; readonly stack: Stack }> {
  const home = mkdtempSync(join(tmpdir(), 'postroad-bench-'));
  const domain = 'mbox.test';
  const stack = await Stack.start({
    home,
    portOffset: options.portOffset,
    // The webmail takes no part, as there is none on the other side.
    agents: ['mda', 'mta', 'msa'],
    domain,
    // As many connections to the one next hop as Postfix is given (peer-config.ts).
    env: {
      POSTROAD_MTA_SMART_HOST: options.sink,
      POSTROAD_LOG_LEVEL: 'warn',
      POSTROAD_MTA_RELAY_CONNECTIONS_PER_DESTINATION: '50',
    },
  });
  const directory = new KvDirectoryWriter(stack.bus);
  await directory.addDomain(domain);
  const users = Array.from({ length: options.users }, (_, i) => `u${i}@${domain}`);
  for (const address of users) await directory.addAccount({ address, password: PASSWORD });
  return {
    name: 'Postroad',
    mx: stack.ports.mx,
    submission: stack.ports.submission,
    imap: { port: stack.ports.imaps, tls: true },
    domain,
    users,
    password: PASSWORD,
    certificate: stack.certificate.ca,
    stack,
    pids: () => [...stack.brokers, ...stack.agents].map((child) => child.pid ?? 0).filter((pid) => pid > 0),
    settled: async () => Object.values(await stack.underWay()).every((count) => count === 0),
    stop: async () => {
      await stack.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
