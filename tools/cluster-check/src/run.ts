import { addPeople, check, mailChecks, type Outcome } from './checks.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { confinementFaults } from './confinement.ts';
import type { Ended } from './running.ts';
import { builder } from './build.ts';
import { Container, containerRunner } from './container.ts';
import type { Engine } from './engine.ts';
import type { BuiltImage } from './image.ts';
import { imageChecks } from './image-checks.ts';
import { type Figures, figuresOf } from './report.ts';
import { ROLE_NAMES, type RoleName } from './roles.ts';

export interface CheckOptions {
  readonly engine: Engine;
  readonly brokers: 1 | 3;
  readonly portOffset: number;
  /** Layers of earlier builds are not used. */
  readonly fresh: boolean;
  /** The cluster starts from the image of this commit and is replaced by today's; null: by the same again. */
  readonly from: string | null;
  readonly say: (line: string) => void;
  /** Told as soon as there is something to end when the run is interrupted. */
  readonly onCluster: (cluster: Cluster) => void;
}

export interface CheckResult {
  readonly image: BuiltImage;
  readonly outcomes: readonly Outcome[];
  readonly figures: readonly Figures[];
  readonly ended: readonly Ended[];
}

/** Builds, starts, proves, replaces every role, proves again, ends. @throws when it cannot be built or started */
export async function runCheck(options: CheckOptions): Promise<CheckResult> {
  const { engine, say } = options;
  const build = await builder(engine, options);
  const image = await build(null);
  const first = options.from === null ? image : await build(options.from);
  const outcomes = await imageChecks(engine, image);
  const images = Object.fromEntries(ROLE_NAMES.map((role) => [role, first.name])) as Record<RoleName, string>;
  await using cluster = await startCluster({ ...options, runner: containerRunner(engine), images });
  options.onCluster(cluster);
  const people = await addPeople(cluster, first.name);
  say('every role is ready; mail through all of it');
  outcomes.push(...(await mailChecks(cluster, people, 'first')));
  const figures = cluster.instances.map(figuresOf);
  say('looking at every container');
  outcomes.push(...(await confinementChecks(cluster)));
  say('replacing every role, one container after another');
  const ended = await replaceAll(cluster, image.name, outcomes);
  outcomes.push(...(await mailChecks(cluster, people, 'second')));
  figures.push(...cluster.instances.map(figuresOf));
  say('ending everything');
  const last = await cluster.stop();
  ended.push(...last);
  outcomes.push(await check('every container ends by SIGTERM with 0', async () => endedWell(ended)));
  return { image, outcomes, figures, ended };
}

async function confinementChecks(cluster: Cluster): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { container } of cluster.instances)
    outcomes.push(
      await check(`${container.spec.name} is confined`, async () => {
        if (!(container instanceof Container)) throw new Error('it is no container');
        const faults = await confinementFaults(container);
        if (faults.length > 0) throw new Error(faults.join('; '));
        return 'uid 10001, no capability, no new privileges, seccomp, root read-only';
      }),
    );
  return outcomes;
}

async function replaceAll(cluster: Cluster, image: string, outcomes: Outcome[]): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (const role of ROLE_NAMES)
    outcomes.push(
      await check(`${role} is replaced`, async () => {
        const old = await cluster.replace(role, image);
        ended.push(...old);
        return old.map(({ name, seconds }) => `${name} gone after ${seconds.toFixed(1)} s`).join(', ');
      }),
    );
  return ended;
}

/** A process that is told to end and does not end with 0 lost the thread, or was killed. */
function endedWell(ended: readonly Ended[]): string {
  const bad = ended.filter(({ exitCode }) => exitCode !== 0);
  if (bad.length > 0)
    throw new Error(bad.map(({ name, exitCode, log }) => `${name}: ${exitCode ?? 'killed'}\n${log}`).join('\n'));
  const longest = ended.reduce((most, { seconds }) => Math.max(most, seconds), 0);
  return `${ended.length} containers, the longest drain ${longest.toFixed(1)} s`;
}
