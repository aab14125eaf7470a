import { randomBytes } from 'node:crypto';
import { KvDirectoryWriter } from '@postroad/directory';
import { Stack } from '@postroad/stack';
import { ImapWire } from '@postroad/testkit';
import { startSharedStore } from './shared-store.ts';

export interface Servers {
  readonly people: readonly {
    readonly user: string;
    readonly password: string;
    readonly mailboxes: readonly string[];
  }[];
  /** The port for client `i`; spread over all mdas. */
  readonly port: (i: number) => number;
  /** Kills one mda after another with SIGKILL; it is started again by itself. */
  readonly kill: () => Promise<void>;
  stop(): Promise<void>;
}

const MAILBOXES = ['Team', 'Team/Plans', 'Archive/Old'];
const NAMES = ['alice', 'bob', 'carol'];

/** A whole stack, with mailboxes of alice that bob and carol may do everything with. */
export async function startServers(options: {
  readonly home: string;
  readonly store: 'sqlite' | 'postgres';
  readonly mdas: number;
  readonly portOffset: number;
}): Promise<Servers> {
  const { home, store, mdas, portOffset } = options;
  const shared = store === 'postgres' ? await startSharedStore() : null;
  const stack = await Stack.start({
    home,
    portOffset,
    mdas,
    agents: ['mda'],
    ...(shared && { env: shared.env }),
  });
  const password = randomBytes(9).toString('hex');
  const directory = new KvDirectoryWriter(stack.bus);
  await directory.addDomain(stack.domain);
  const addresses = NAMES.map((name) => `${name}@${stack.domain}`);
  for (const address of addresses) await directory.addAccount({ address, password });
  const [owner = '', ...others] = addresses;
  const wire = await ImapWire.connect({ port: stack.ports.mda(0).imaps, tls: true });
  await wire.ok(`LOGIN ${owner} ${password}`);
  for (const mailbox of MAILBOXES) {
    await wire.ok(`CREATE "${mailbox}"`);
    for (const other of others) await wire.ok(`SETACL "${mailbox}" ${other} lrswipkxtea`);
  }
  await wire.logout();
  let killed = 0;
  return {
    people: addresses.map((user) => ({
      user,
      password,
      mailboxes: MAILBOXES.map((name) => (user === owner ? name : `user/${owner}/${name}`)),
    })),
    port: (i) => stack.ports.mda((i + killed) % mdas).imaps,
    kill: async () => {
      const index = killed++ % mdas;
      await stack.child(index === 0 ? 'mda' : `mda-${String(index + 1)}`).crash();
    },
    stop: async () => {
      await stack.stop();
      await shared?.stop();
    },
  };
}
