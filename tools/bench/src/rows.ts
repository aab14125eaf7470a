import { setTimeout as sleep } from 'node:timers/promises';
import { smtpSource } from './load/smtp-source.ts';
import { submissionLoad } from './load/submission.ts';
import { InboxCounter } from './measure/imap.ts';
import { usageOf } from './measure/processes.ts';
import type { Sink } from './measure/sink.ts';
import type { System } from './systems/system.ts';

export interface RowOptions {
  readonly messages: number;
  readonly sessions: number;
  readonly size: number;
}

/** One measured run of one row on one system. Rates in messages a second. */
export interface Run {
  readonly rate: number;
  /** Rate at which the door answered, where that differs from the row's own rate. */
  readonly acceptRate: number;
  readonly cpuSecondsPer1000: number;
  readonly memoryMiB: number;
}

/** Polls until `done`; a system that stands still for a minute has lost something, and that is an error. */
async function until(done: () => Promise<boolean>, progress: () => Promise<number> | number): Promise<void> {
  let last = -1;
  let movedAt = performance.now();
  while (!(await done())) {
    const now = await progress();
    if (now !== last) {
      last = now;
      movedAt = performance.now();
    } else if (performance.now() - movedAt > 60_000) throw new Error(`nothing moved for a minute at ${now}`);
    await sleep(20);
  }
}

async function measured(system: System, options: RowOptions, work: () => Promise<{ accept: number }>): Promise<Run> {
  const before = usageOf(system.pids());
  const began = performance.now();
  const { accept } = await work();
  const seconds = (performance.now() - began) / 1_000;
  const after = usageOf(system.pids());
  return {
    rate: options.messages / seconds,
    acceptRate: options.messages / accept,
    cpuSecondsPer1000: ((after.cpu - before.cpu) / options.messages) * 1_000,
    memoryMiB: after.memory,
  };
}

/** A load whose messages all end in mailboxes: until every one is counted over IMAP. */
async function filed(
  system: System,
  options: RowOptions,
  load: (recipients: readonly string[]) => Promise<number>,
): Promise<Run> {
  const recipients = system.users.slice(1);
  const counter = await InboxCounter.open(system, recipients);
  const before = await counter.total();
  const run = await measured(system, options, async () => {
    const accept = await load(recipients);
    await until(
      async () => (await counter.total()) - before >= options.messages,
      () => counter.total(),
    );
    return { accept };
  });
  await counter.close();
  await until(
    () => system.settled(),
    () => 0,
  );
  return run;
}

/** From the world into the mailbox. */
export const mailboxRow = (system: System, options: RowOptions): Promise<Run> =>
  filed(system, options, (recipients) => smtpSource({ port: system.mx, recipients, ...options }));

/** From an authenticated client, over STARTTLS, into the mailbox. */
export const submissionRow = (system: System, options: RowOptions): Promise<Run> =>
  filed(system, options, (recipients) => submitted(system, options, recipients));

const submitted = (system: System, options: RowOptions, recipients: readonly string[]): Promise<number> =>
  submissionLoad({ port: system.submission, users: system.users, password: system.password, recipients, ...options });

/** From an authenticated client to another server: until the sink has counted all. */
export async function relayRow(system: System, options: RowOptions, sink: Sink): Promise<Run> {
  const before = sink.messages;
  const recipients = Array.from({ length: 10 }, (_, i) => `r${i}@world.example`);
  const run = await measured(system, options, async () => {
    const accept = await submitted(system, options, recipients);
    await until(
      () => Promise.resolve(sink.messages - before >= options.messages),
      () => sink.messages,
    );
    return { accept };
  });
  await until(
    () => system.settled(),
    () => 0,
  );
  return run;
}
