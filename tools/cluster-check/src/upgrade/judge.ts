import { classify } from './classify.ts';
import type { Attempt, Copy, Shown, Swap, Trouble } from './ledger.ts';

/** No accepted message may wait longer; a busy machine may be given more time. */
export const GOAL_MS = 5_000;
/** Files are looked at every 5 s; then they are read. */
export const RELOAD_MS = 6_500;

export interface Evidence {
  readonly attempts: readonly Attempt[];
  readonly copies: readonly Copy[];
  readonly troubles: readonly Trouble[];
  readonly shown: readonly Shown[];
  readonly swap: Swap | null;
  /** Longest time that a message may wait, ms; default {@link GOAL_MS}. */
  readonly goalMs?: number;
}

export interface Judgement {
  readonly accepted: number;
  readonly unanswered: number;
  readonly refused: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly goalMs: number;
  readonly longestWaitMs: number;
  readonly medianWaitMs: number;
  readonly errors: { readonly allowed: number; readonly forbidden: number };
  /** How often each error was seen. */
  readonly kinds: readonly { readonly name: string; readonly allowed: boolean; readonly count: number }[];
  readonly certificates: Certificates;
  /** One line for each thing that is wrong with a message. */
  readonly details: readonly string[];
}

interface Certificates {
  readonly swapped: boolean;
  /** Doors at which a new connection was shown the new one before anything was replaced again, and those where none was. */
  readonly newSeen: readonly string[];
  readonly neverSeen: readonly string[];
  /** When the last connection was shown the old one, in ms after the swap. */
  readonly oldUntilMs: number;
  /** Connections shown the old one after the time to reload, or one that is neither. */
  readonly stale: number;
  /** Connections that ended by the server's doing while nothing but the certificate changed. */
  readonly dropped: number;
}

/** Compares what was promised with what came of it. */
export function judge({ attempts, copies, troubles, shown, swap, goalMs = GOAL_MS }: Evidence): Judgement {
  const details: string[] = [];
  const byPlace = Map.groupBy(copies, ({ id, place }) => `${place} ${id}`);
  const tally = { lost: 0, duplicated: 0 };
  const waits: number[] = [];
  for (const { id, door, places, outcome, at } of attempts)
    for (const place of places) {
      const found = byPlace.get(`${place} ${id}`) ?? [];
      // A refused message is sent again under another id: its own arrival makes two.
      const most = outcome === 'refused' ? 0 : 1;
      if (found.length > most) {
        tally.duplicated += found.length - most;
        details.push(`${id} (${door}, ${outcome}) is at ${place} ${found.length} times`);
      }
      if (outcome !== 'accepted') continue;
      const [copy] = found;
      if (copy === undefined) {
        tally.lost++;
        details.push(`${id} (${door}) is not at ${place}`);
      } else if (copy.seenAt !== null) {
        const wait = Math.max(0, copy.seenAt - at);
        waits.push(wait);
        if (wait > goalMs) details.push(`${id} (${door}) came to ${place} after ${Math.round(wait)} ms`);
      }
    }
  waits.sort((a, b) => a - b);
  const kinds = kindsOf(troubles);
  const sum = (allowed: boolean) =>
    kinds.filter((kind) => kind.allowed === allowed).reduce((all, { count }) => all + count, 0);
  const count = (outcome: Attempt['outcome']) => attempts.filter((each) => each.outcome === outcome).length;
  return {
    ...{ accepted: count('accepted'), unanswered: count('unanswered'), refused: count('refused'), ...tally },
    goalMs,
    longestWaitMs: Math.round(waits.at(-1) ?? 0),
    medianWaitMs: Math.round(waits[Math.floor(waits.length / 2)] ?? 0),
    ...{ errors: { allowed: sum(true), forbidden: sum(false) }, kinds },
    certificates: certificatesOf(shown, troubles, swap),
    details,
  };
}

/** What falls short, a sentence each; none when all is as it must be. */
export function shortfalls(judgement: Judgement): string[] {
  const { accepted, lost, duplicated, goalMs, longestWaitMs, errors, certificates } = judgement;
  const { swapped, newSeen, neverSeen, stale, dropped } = certificates;
  const faults: [boolean, string][] = [
    [accepted === 0, 'no message was accepted'],
    [lost > 0, `${lost} accepted messages are lost`],
    [duplicated > 0, `${duplicated} copies too many`],
    [errors.forbidden > 0, `clients saw ${errors.forbidden} errors that their protocol does not tell them to retry`],
    [longestWaitMs > goalMs, `an accepted message waited ${longestWaitMs} ms, more than ${goalMs}`],
    [!swapped, 'the certificate was not changed'],
    [swapped && newSeen.length === 0, 'no new connection was shown the new certificate'],
    [neverSeen.length > 0, `the new certificate was never shown at ${neverSeen.join(', ')}`],
    [stale > 0, `${stale} new connections were not shown the new certificate in time`],
    [dropped > 0, `${dropped} open connections were dropped when the certificate changed`],
  ];
  return faults.filter(([wrong]) => wrong).map(([, sentence]) => sentence);
}

function kindsOf(troubles: readonly Trouble[]): Judgement['kinds'] {
  const kinds = new Map<string, { name: string; allowed: boolean; count: number }>();
  for (const { happening } of troubles) {
    const { name, allowed } = classify(happening);
    const kind = kinds.get(name) ?? { name, allowed, count: 0 };
    kind.count++;
    kinds.set(name, kind);
  }
  return [...kinds.values()].sort((a, b) => Number(a.allowed) - Number(b.allowed) || b.count - a.count);
}

function certificatesOf(shown: readonly Shown[], troubles: readonly Trouble[], swap: Swap | null): Certificates {
  if (swap === null) return { swapped: false, newSeen: [], neverSeen: [], oldUntilMs: 0, stale: 0, dropped: 0 };
  const after = shown.filter(({ at }) => at >= swap.at);
  const doors = [...new Set(shown.map(({ door }) => door))].sort();
  // Later ones prove nothing: a container that was replaced meanwhile read the new files when it started.
  const reloaded = after.filter(({ at, certificate }) => at <= swap.quietUntil && certificate === 'new');
  const newSeen = doors.filter((door) => reloaded.some((each) => each.door === door));
  const old = after.filter(({ certificate }) => certificate === 'old').map(({ at }) => at - swap.at);
  const other = shown.filter(({ certificate }) => certificate === 'other').length;
  const ended = ({ at, happening }: Trouble) => at >= swap.at && at <= swap.quietUntil && !isLaterTry(happening);
  return {
    swapped: true,
    newSeen,
    neverSeen: doors.filter((door) => !newSeen.includes(door)),
    oldUntilMs: Math.round(Math.max(0, ...old)),
    stale: other + old.filter((ms) => ms > RELOAD_MS).length,
    dropped: troubles.filter(ended).length,
  };
}

/** Not the end of an open connection: a message put off, or a connection that never came to be (which is an error of its own). */
function isLaterTry(happening: Trouble['happening']): boolean {
  if (happening.kind === 'smtp-reply') return happening.code !== 421;
  if (happening.kind === 'imap-reply') return true;
  return happening.stage === 'connecting' || happening.stage === 'tls';
}
