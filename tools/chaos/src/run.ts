import { setTimeout as sleep } from 'node:timers/promises';
import { KvDirectoryWriter } from '@postroad/directory';
import { Stack } from '@postroad/stack';
import { readMailboxes } from './inspect.ts';
import { Killer } from './killer.ts';
import { type Findings, reconcile } from './ledger.ts';
import { startPeer } from './peer.ts';
import { seeded } from './random.ts';
import { sendAll } from './sender.ts';

export interface ChaosOptions {
  readonly home: string;
  readonly seed: number;
  readonly messages: number;
  readonly sessions: number;
  readonly brokers: 1 | 3;
  readonly portOffset: number;
  readonly say: (text: string) => void;
}

export interface ChaosResult extends Findings {
  readonly kills: number;
  readonly killed: Readonly<Record<string, number>>;
  /** Whether nothing was left in the broker at the end. */
  readonly settled: boolean;
  readonly seed: number;
  readonly brokers: number;
  readonly seconds: number;
}

const DOMAIN = 'chaos.test';
const PASSWORD = 'chaos-password';

/** One run: start, send and kill, let it settle, reconcile. */
export async function run(options: ChaosOptions): Promise<ChaosResult> {
  const began = performance.now();
  const random = seeded(options.seed);
  const peer = await startPeer();
  const stack = await Stack.start({
    home: options.home,
    portOffset: options.portOffset,
    domain: DOMAIN,
    brokers: { count: options.brokers },
    agents: ['mda', 'mta', 'msa'],
    env: {
      POSTROAD_MTA_SMART_HOST: peer.address,
      POSTROAD_MTA_RETRY_FIRST_MS: '1000',
      POSTROAD_MTA_RETRY_LONGEST_MS: '4000',
      POSTROAD_MTA_UNREACHABLE_FIRST_MS: '500',
    },
  });
  const interrupted = () => void stack.stop().then(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const users = Array.from({ length: 8 }, (_, i) => `u${i}@${DOMAIN}`);
    const alias = { address: `all@${DOMAIN}`, targets: users.slice(0, 3) };
    const directory = new KvDirectoryWriter(stack.bus);
    await directory.addDomain(DOMAIN);
    for (const address of users) await directory.addAccount({ address, password: PASSWORD });
    await directory.addAlias(alias.address, alias.targets);
    const killer = new Killer(stack, seeded(options.seed + 1));
    killer.start();
    const progress = bar(options.messages, options.say);
    const { mx, submission } = stack.ports;
    const ledger = await sendAll({
      ...options,
      mx,
      submission,
      users,
      alias,
      password: PASSWORD,
      random,
      atLeastMs: killer.round,
      onProgress: progress,
    });
    await killer.stop();
    options.say('\nsettling …\n');
    const unsettled = await settle(stack);
    if (unsettled !== null) options.say(`${unsettled}\n`);
    const found = await readMailboxes(stack.ports.imaps, users, PASSWORD);
    const findings = reconcile(ledger, { ...found, relayed: peer.relayed });
    const killed = Object.fromEntries(
      Object.entries(Object.groupBy(killer.kills, (name) => name)).map(([name, list]) => [name, list?.length ?? 0]),
    );
    return {
      ...findings,
      kills: killer.kills.length,
      killed,
      settled: unsettled === null,
      seed: options.seed,
      brokers: options.brokers,
      seconds: (performance.now() - began) / 1_000,
    };
  } finally {
    await stack.stop();
    await peer.stop();
  }
}

/** Until nothing is on its way: the spool is emptied only of what is delivered, so an empty one is the end. */
async function settle(stack: Stack): Promise<string | null> {
  const until = Date.now() + 90_000;
  for (;;) {
    const counts = await stack.underWay().catch(() => null);
    if (counts !== null && Object.values(counts).every((count) => count === 0)) return null;
    if (Date.now() > until) return `not settled after 90 s: ${JSON.stringify(counts)}`;
    await sleep(500);
  }
}

function bar(total: number, say: (text: string) => void): (done: number) => void {
  let shown = 0;
  return (done) => {
    if (done - shown < total / 50 && done !== total) return;
    shown = done;
    const filled = Math.round((done / total) * 40);
    say(`\r[${'#'.repeat(filled)}${'.'.repeat(40 - filled)}] ${done}/${total}`);
  };
}
