import { setTimeout as sleep } from 'node:timers/promises';
import { act } from './actions.ts';
import { compareAll, compareViews } from './barrier.ts';
import { Client, type Dialect, Lost } from './client.ts';
import { resolveDoubts } from './copying.ts';
import { Chance } from './random.ts';
import { Truth } from './truth.ts';

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly clients: number;
  readonly people: readonly {
    readonly user: string;
    readonly password: string;
    readonly mailboxes: readonly string[];
  }[];
  /** Where client `i` connects now. */
  readonly port: (i: number) => number;
  /** Kills a server; absent: nobody is killed. Never called while all have stopped. */
  readonly kill?: () => Promise<void>;
  /** ms between two stops of all. */
  readonly barrierEvery: number;
  readonly say: (line: string) => void;
}

export interface RunResult {
  readonly commands: number;
  readonly barriers: number;
  /** Messages compared at all stops together. */
  readonly compared: number;
  readonly losses: number;
  readonly kills: number;
  readonly seconds: number;
}

const DIALECTS: readonly Dialect[] = ['rev1', 'qresync', 'condstore', 'rev2', 'qresync'];
const PATIENCE = 60_000;

/** Lets clients do random things at once, stops them now and then, and compares. @throws Mismatch */
export async function run(options: RunOptions): Promise<RunResult> {
  const truth = new Truth();
  const clients = Array.from({ length: options.clients }, (_, i) => {
    const person = options.people[i % options.people.length];
    if (!person) throw new Error('nobody to be');
    return new Client({
      who: `c${String(i)}`,
      ...person,
      dialect: DIALECTS[i % DIALECTS.length] ?? 'rev1',
      chance: new Chance(options.seed * 1000 + i),
      truth,
      port: () => options.port(i),
    });
  });
  const began = performance.now();
  const chance = new Chance(options.seed);
  let [barriers, compared, kills] = [0, 0, 0];
  await Promise.all(clients.map((client) => client.connect(Date.now() + PATIENCE)));
  while (performance.now() - began < options.seconds * 1000) {
    const until = performance.now() + options.barrierEvery;
    const killing = options.kill && barriers % 2 === 1 ? killSoon(options.kill, chance, options.barrierEvery) : null;
    await Promise.all(clients.map((client) => busy(client, until)));
    if (killing) kills += await killing;
    for (const client of clients) await recover(client);
    compared += await compareViews(clients);
    barriers++;
    const commands = clients.reduce((sum, one) => sum + one.commands, 0);
    options.say(
      `${String(Math.round((performance.now() - began) / 1000))} s: ${String(commands)} commands, ${String(barriers)} stops, ${String(compared)} messages compared, ${String(kills)} kills`,
    );
  }
  compared += await compareAll(clients);
  await Promise.all(clients.map((client) => client.logout()));
  return {
    commands: clients.reduce((sum, client) => sum + client.commands, 0),
    barriers,
    compared,
    losses: clients.reduce((sum, client) => sum + client.losses, 0),
    kills,
    seconds: (performance.now() - began) / 1000,
  };
}

async function killSoon(kill: () => Promise<void>, chance: Chance, window: number): Promise<number> {
  await sleep(chance.next() * window * 0.7);
  await kill();
  return 1;
}

/** Random things until the time is over. */
async function busy(client: Client, until: number): Promise<void> {
  while (performance.now() < until) {
    try {
      if (!client.connected) await recover(client);
      await act(client);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    }
  }
}

/** After a loss: connects anew and finds out what became of the command that got no answer. */
async function recover(client: Client): Promise<void> {
  const until = Date.now() + PATIENCE;
  for (;;) {
    try {
      if (!client.connected) await client.connect(until);
      await resolveDoubts(client);
      return;
    } catch (error) {
      if (!(error instanceof Lost) || Date.now() > until) throw error;
    }
  }
}
