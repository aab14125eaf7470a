import { setTimeout as sleep } from 'node:timers/promises';
import { submissionLoad } from '../load/submission.ts';
import type { Sink } from '../measure/sink.ts';
import type { RoleName, RoleProcess } from './processes.ts';

export type Journey = 'mailbox' | 'relay';

export interface Load {
  readonly messages: number;
  readonly sessions: number;
  readonly size: number;
  readonly users: readonly string[];
  readonly password: string;
}

const STANDSTILL_MS = 60_000;

const doorsOf = (roles: readonly RoleProcess[], role: RoleName) =>
  roles.filter((each) => each.role === role).map(({ door }) => door);

/** Recipients filed so far, as an operator would read it: from the metrics of all deliver processes. */
async function filed(roles: readonly RoleProcess[]): Promise<number> {
  const counts = await Promise.all(
    roles
      .filter(({ role }) => role === 'mda/deliver')
      .map(async ({ health }) => {
        const text = await (await fetch(`http://127.0.0.1:${health}/metrics`)).text();
        return Number(/^postroad_deliveries_total\{outcome="delivered"\} (\d+)/m.exec(text)?.[1] ?? 0);
      }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Sends `messages` through all doors of a journey at once (a load balancer's part), and resolves to the seconds until the last
 * one is where it belongs. @throws when nothing moves for a minute
 */
export async function travel(journey: Journey, roles: readonly RoleProcess[], load: Load, sink: Sink): Promise<number> {
  const arrived = journey === 'mailbox' ? () => filed(roles) : () => Promise.resolve(sink.messages);
  const before = await arrived();
  const doors = doorsOf(roles, journey === 'mailbox' ? 'mta/mx' : 'msa/smtp');
  const part = (total: number, i: number) => Math.floor(total / doors.length) + (i < total % doors.length ? 1 : 0);
  const began = performance.now();
  const sending = Promise.all(
    doors.map((port, i) => {
      const share = { port, size: load.size, messages: part(load.messages, i), sessions: part(load.sessions, i) };
      return journey === 'mailbox'
        ? submissionLoad({ ...share, users: STRANGERS, recipients: load.users })
        : submissionLoad({ ...share, users: load.users, password: load.password, recipients: OUTSIDE });
    }),
  );
  let last = { count: -1, at: performance.now() };
  for (;;) {
    const count = (await arrived()) - before;
    if (count >= load.messages) break;
    if (count !== last.count) last = { count, at: performance.now() };
    else if (performance.now() - last.at > STANDSTILL_MS) throw new Error(`nothing moved for a minute at ${count}`);
    await sleep(100);
  }
  const seconds = (performance.now() - began) / 1_000;
  await sending;
  return seconds;
}

const STRANGERS = ['a@world.example'];
const OUTSIDE = Array.from({ length: 10 }, (_, i) => `r${i}@world.example`);
