import type { MailStore, RetentionRule } from '@postroad/mailstore';
import type { Logger } from '@postroad/telemetry';
import type { ChangeHints } from './imap/types.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The longest queue life and seven days: nothing comes a second time after that (DESIGN §3.4). */
const DELIVERY_KEYS_MS = 12 * DAY_MS;
/** How long clients that were away are told exactly what vanished; afterwards they are told more (RFC 7162 §3.2.5.2). */
const VANISHED_MS = 90 * DAY_MS;

export interface HousekeepingRules {
  /** Days in which deleted mail can be brought back. */
  readonly undeleteDays: number;
  readonly retention: readonly RetentionRule[];
}

/** `Trash=30`: messages leave Trash after 30 days. */
export function retentionRules(lines: readonly string[]): RetentionRule[] {
  return lines.map((line) => {
    const at = line.lastIndexOf('=');
    return { mailbox: line.slice(0, at), age: Number(line.slice(at + 1)) * DAY_MS };
  });
}

interface Deps {
  readonly store: MailStore;
  readonly hints: ChangeHints;
  readonly logger: Logger;
}

/** One round: what is too old goes, then the content that nothing refers to any more. */
export async function keepHouse({ store, hints, logger }: Deps, rules: HousekeepingRules, now: number): Promise<void> {
  const retired = await store.applyRetention(rules.retention, now);
  for (const account of retired.keys()) hints.publish(account);
  const keys = await drained(() => store.purgeDeliveries(now - DELIVERY_KEYS_MS));
  const expunged = await drained(() => store.purgeExpunged(now - rules.undeleteDays * DAY_MS));
  const vanished = await drained(() => store.purgeVanished(now - VANISHED_MS));
  const bytes = await store.collectGarbage();
  if (retired.size > 0 || keys + expunged + vanished + bytes > 0)
    logger.info({ retired: retired.size, keys, expunged, vanished, bytes }, 'the store was tidied');
}

/** Bounded steps until nothing is left. */
async function drained(step: () => Promise<number>): Promise<number> {
  let all = 0;
  for (let n = await step(); n > 0; n = await step()) all += n;
  return all;
}

/** Once an hour, and once soon after the start. */
export function startHousekeeping(deps: Deps, rules: HousekeepingRules): { drain(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const round = () => {
    running = keepHouse(deps, rules, Date.now()).catch((error: unknown) =>
      deps.logger.error({ err: error }, 'housekeeping of the store failed'),
    );
  };
  const first = setTimeout(round, 60_000).unref();
  const timer = setInterval(round, HOUR_MS).unref();
  return {
    drain: async () => {
      clearTimeout(first);
      clearInterval(timer);
      await running;
    },
  };
}
