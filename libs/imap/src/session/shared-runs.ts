import type { UidRuns } from './uid-runs.ts';

/** Runs below which a copy costs less than the bookkeeping. */
const WORTH = 64;

/**
 * What views of one mailbox at one MODSEQ have in common is kept once: ten thousand sessions on a mailbox with gaps hold one
 * list of its UIDs. It is right to share because all that can change a list of UIDs raises the MODSEQ of the mailbox.
 */
export class SharedRuns {
  readonly #known = new Map<number, { readonly modseq: number; readonly runs: WeakRef<UidRuns> }>();
  readonly #forgotten = new FinalizationRegistry<number>((mailboxId) => {
    if (!this.#known.get(mailboxId)?.runs.deref()) this.#known.delete(mailboxId);
  });

  /** The list every session has that saw this mailbox at this MODSEQ in whole; `make` is called when nobody has yet. */
  share(mailboxId: number, modseq: number, count: number, make: () => UidRuns): UidRuns {
    const known = this.#known.get(mailboxId);
    const shared = known?.modseq === modseq ? known.runs.deref() : undefined;
    if (shared?.count === count) return shared;
    const runs = make();
    if (runs.runs < WORTH || runs.count !== count) return runs;
    this.#known.set(mailboxId, { modseq, runs: new WeakRef(runs) });
    this.#forgotten.register(runs, mailboxId);
    return runs;
  }
}

const BY_OWNER = new WeakMap<object, SharedRuns>();

/** One for each store: mailbox ids mean nothing beyond it. */
export function sharedRunsOf(owner: object): SharedRuns {
  let shared = BY_OWNER.get(owner);
  if (!shared) BY_OWNER.set(owner, (shared = new SharedRuns()));
  return shared;
}
