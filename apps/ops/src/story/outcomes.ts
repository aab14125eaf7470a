import type { MailEvent } from '../store/types.ts';
import type { RecipientOutcome } from './schema.ts';

/** Worst first: what a person should look at. */
const RANK = [
  'held',
  'failed',
  'deferred',
  'attempted',
  'refused',
  'relayed',
  'delivered',
  'expanded',
  'routed',
  'accepted',
];
const OUTCOMES = new Set<string>([
  'delivered',
  'duplicate',
  'relayed',
  'attempted',
  'deferred',
  'held',
  'failed',
  'refused',
]);

/** The last that is known of each recipient; `events` in order of time. */
export function outcomesOf(events: readonly MailEvent[]): RecipientOutcome[] {
  const last = new Map<string, RecipientOutcome>();
  for (const { step, at, status, detail, recipients } of events) {
    if (!OUTCOMES.has(step)) continue;
    for (const recipient of recipients ?? []) {
      // A second filing that changed nothing: it is delivered, and was before.
      if (step === 'duplicate' && last.has(recipient)) continue;
      last.set(recipient, {
        ...{ recipient, outcome: step === 'duplicate' ? 'delivered' : step, at },
        ...(status === undefined ? {} : { status }),
        ...(detail === undefined ? {} : { detail }),
      });
    }
  }
  return [...last.values()];
}

/** One word for the whole message. */
export function stateOf(events: readonly MailEvent[], outcomes: readonly RecipientOutcome[]): string {
  const states =
    outcomes.length > 0 ? outcomes.map(({ outcome }) => outcome) : events.map(({ step }) => step as string);
  const held = events.findLast(
    (event) =>
      event.step === 'held' || event.step === 'attempted' || event.step === 'relayed' || event.step === 'failed',
  );
  if (held?.step === 'held' && held.recipients === undefined) return 'held';
  return RANK.find((state) => states.includes(state)) ?? 'accepted';
}
