import { setTimeout as sleep } from 'node:timers/promises';
import { addPeople } from '../checks.ts';
import { builder } from '../build.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { containerRunner } from '../container.ts';
import type { Engine } from '../engine.ts';
import { plainRunner } from '../plain.ts';
import type { Ended, Runner } from '../running.ts';
import { ROLE_NAMES, type RoleName } from '../roles.ts';
import type { CheckOptions } from '../run.ts';
import { type Judgement, judge, RELOAD_MS, shortfalls } from './judge.ts';
import type { Swap, Trouble } from './ledger.ts';
import { Load } from './load.ts';

export interface UpgradeOptions extends Omit<CheckOptions, 'from' | 'engine'> {
  /** Null: plain processes of this checkout. */
  readonly engine: Engine | null;
  /** Commit whose image every role starts from. */
  readonly from: string;
  /** How often every role is replaced. */
  readonly rounds: number;
  /** Longest time that an accepted message may wait, ms. */
  readonly goalMs: number;
  /** The load lasts at least so long. */
  readonly seconds: number;
}

export interface UpgradeResult extends Judgement {
  /** Containers replaced, in all rounds. */
  readonly replaced: number;
  readonly seconds: number;
  readonly troubles: readonly Trouble[];
  readonly ended: readonly Ended[];
  /** What falls short, a sentence each. */
  readonly shortfalls: readonly string[];
}

/** The certificate is changed before this role's turn in the last round. */
const SWAP_BEFORE: RoleName = 'mta/relay';

/** Replaces every role of a cluster under load, from a commit's image to today's and then once more. @throws when one does not start */
export async function runUpgrade(options: UpgradeOptions): Promise<UpgradeResult> {
  const { say, seconds, rounds } = options;
  const { runner, before, today } = await versions(options);
  const images = Object.fromEntries(ROLE_NAMES.map((role) => [role, before])) as Record<RoleName, string>;
  await using cluster = await startCluster({ ...options, runner, images });
  options.onCluster(cluster);
  const load = new Load(cluster, await addPeople(cluster, before));
  const began = performance.now();
  load.start();
  await sleep(3_000);
  const ended: Ended[] = [];
  let swap: Swap | null = null;
  for (let round = 0; round < rounds; round++)
    for (const [turn, role] of ROLE_NAMES.entries()) {
      if (round === rounds - 1 && role === SWAP_BEFORE) swap = await swapCertificate(cluster, load, say);
      const old = await cluster.replace(role, today);
      ended.push(...old);
      say(
        `round ${round + 1}: ${role} is replaced (${old.map((each) => `${each.seconds.toFixed(1)} s`).join(', ')} to end)`,
      );
      const due = (seconds * 1_000 * (round * ROLE_NAMES.length + turn + 1)) / (rounds * ROLE_NAMES.length);
      await sleep(Math.max(500, began + due - performance.now()));
    }
  say('every role is replaced; waiting for what is on its way');
  const copies = await load.finish();
  const total = (performance.now() - began) / 1_000;
  const { attempts, troubles, shown } = load.ledger;
  const judgement = judge({ attempts, copies, troubles, shown, swap, goalMs: options.goalMs });
  const unclean = ended.filter(({ exitCode }) => exitCode !== 0);
  const faults = unclean.map(({ name, exitCode }) => `${name} ended with ${exitCode ?? 'SIGKILL'}`);
  return {
    ...judgement,
    ...{ replaced: ended.length, seconds: total, troubles, ended },
    shortfalls: [...shortfalls(judgement), ...faults],
  };
}

/** What the cluster begins with and what it ends with. */
async function versions(options: UpgradeOptions): Promise<{ runner: Runner; before: string; today: string }> {
  const { engine } = options;
  if (engine === null) return { runner: plainRunner, before: 'checkout', today: 'checkout' };
  const build = await builder(engine, options);
  const today = await build(null);
  const before = await build(options.from);
  return { runner: containerRunner(engine), before: before.name, today: today.name };
}

/** New files, and quiet until every door must have read them: who loses a connection meanwhile loses it by the change. */
async function swapCertificate(cluster: Cluster, load: Load, say: (line: string) => void): Promise<Swap> {
  const quietMs = RELOAD_MS + 1_500;
  say(`the certificate is changed; nothing is replaced for ${quietMs / 1_000} s`);
  // Sessions that a drain ended a moment ago are not this change's doing.
  await sleep(1_000);
  load.certificates.replaced(await cluster.renewCertificate());
  const at = performance.now();
  await sleep(quietMs);
  return { at, quietUntil: performance.now() };
}
