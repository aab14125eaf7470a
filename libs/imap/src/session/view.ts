import type { FlaggedMessage, MailboxSnapshot, MessageState, UidRange } from '../backend.ts';
import { mergeRanges, rangesOf, SAVED, type SequenceSet } from '../parse/sequence-set.ts';
import type { Output } from '../write/output.ts';
import { permanentFlags, SYSTEM_FLAGS } from './flags.ts';
import { Recent } from './recent.ts';
import type { SharedRuns } from './shared-runs.ts';
import { UidRuns } from './uid-runs.ts';

const NOTHING: readonly UidRange[] = [];

/** Stores give the same list to many sessions. */
const RUNS = new WeakMap<object, UidRuns>();

function runsOf(uids: Uint32Array): UidRuns {
  let runs = RUNS.get(uids);
  if (!runs) RUNS.set(uids, (runs = UidRuns.of(uids)));
  return runs;
}

/**
 * A mailbox as one session has told it to its client: which messages there are and how they are numbered. It follows the store
 * only when the client is told (RFC 9051 §7.5.1, §5.5), so sequence numbers always mean what the client thinks.
 */
export class View {
  readonly mailboxId: number;
  readonly name: string;
  readonly readOnly: boolean;
  readonly uidValidity: number;
  /** UIDNEXT when it was selected. */
  readonly uidNext: number;
  /** What this account may do here (RFC 4314 §2.1). */
  readonly rights: string;
  /** Everything up to this MODSEQ has been looked at. */
  modseq: number;
  readonly recent = new Recent();
  /** UIDs by sequence number; messages gone but not yet reported are still among them. */
  #runs: UidRuns;
  readonly #shared: SharedRuns;
  /** `$` (RFC 5182): UIDs, with nothing between them that the client knows. */
  #saved = NOTHING;
  /** Gone from the store, not yet from the client. */
  #gone: Set<number> | null = null;
  /** State changes this session made and answered itself: they need not be told again. */
  #own: Map<number, number> | null = null;
  #keywords: readonly string[];

  constructor(snapshot: MailboxSnapshot, readOnly: boolean, shared: SharedRuns) {
    const { mailbox, uids } = snapshot;
    this.mailboxId = mailbox.id;
    this.name = mailbox.name;
    this.uidValidity = mailbox.uidValidity;
    this.uidNext = mailbox.uidNext;
    this.modseq = mailbox.highestModseq;
    this.rights = mailbox.rights;
    // RFC 4314 §5.2: read-only where nothing may be changed
    this.readOnly = readOnly || !/[iestw]/.test(mailbox.rights);
    this.#shared = shared;
    this.#runs = shared.share(mailbox.id, mailbox.highestModseq, uids.length, () => runsOf(uids));
    this.#keywords = snapshot.keywords;
  }

  get exists(): number {
    return this.#runs.count;
  }

  get runs(): UidRuns {
    return this.#runs;
  }

  /** Sequence number of a UID; 0 when this client does not know the message. */
  sequence(uid: number): number {
    return this.#runs.sequence(uid);
  }

  /**
   * What a set names, by sequence number or by UID, as ascending ranges of UIDs; numbers between that are no message are in them.
   * Numbers above the last message name nothing; `n:*` always names the last (RFC 9051 §6.4.8, §9).
   */
  ranges(set: SequenceSet, byUid: boolean): readonly UidRange[] {
    if (set === SAVED) return this.#saved;
    if (byUid) return rangesOf(set, this.#runs.last);
    const ranges: UidRange[] = [];
    for (const { first, last } of rangesOf(set, this.exists))
      if (first <= this.exists)
        ranges.push({ first: this.#runs.uidAt(first), last: this.#runs.uidAt(Math.min(last, this.exists)) });
    return ranges;
  }

  /** UIDs a set names that this client knows, ascending. */
  resolve(set: SequenceSet, byUid: boolean): number[] {
    return this.#runs.uidsIn(this.ranges(set, byUid));
  }

  /** Sets `$`. */
  save(uids: ArrayLike<number>): void {
    const ranges: UidRange[] = [];
    for (let i = 0; i < uids.length; i++) ranges.push({ first: uids[i] ?? 0, last: uids[i] ?? 0 });
    this.#saved = mergeRanges(ranges);
  }

  /** These are not in the store any more. */
  lose(uids: readonly number[]): void {
    for (const uid of uids) if (this.sequence(uid) > 0) (this.#gone ??= new Set()).add(uid);
  }

  /** UIDs gone and not reported yet, ascending. */
  get gone(): readonly number[] {
    return this.#gone ? [...this.#gone].sort((a, b) => a - b) : [];
  }

  /** The client has been told: all that is gone (if `told`) is not known any more, `added` is (ascending), up to `modseq`. */
  advance(added: readonly number[], told: boolean, modseq: number): void {
    const before = this.#runs;
    const gone = told ? this.gone : [];
    if (gone.length > 0 || added.length > 0) {
      const next = (): UidRuns => before.without(gone).with(added);
      const count = before.count - gone.length + added.length;
      // with something gone and untold this is nobody's list but this client's
      const isWhole = told || !this.#gone;
      this.#runs = isWhole ? this.#shared.share(this.mailboxId, modseq, count, next) : next();
    }
    if (told) this.#gone = null;
    this.#own = null;
    this.modseq = modseq;
  }

  /** Whether one of these messages was expunged and this client not told yet. */
  someGone(uids: readonly number[]): boolean {
    const gone = this.#gone;
    return gone !== null && uids.some((uid) => gone.has(uid));
  }

  /** The client was told the whole state of this in the answer to its own command. */
  told({ uid, modseq }: MessageState): void {
    if (modseq > this.modseq) (this.#own ??= new Map()).set(uid, modseq);
  }

  /** The client knows this from its own command, unless somebody else had changed it before. */
  knows(state: FlaggedMessage): void {
    const before = state.previousModseq;
    if (before <= this.modseq || this.#own?.get(state.uid) === before) this.told(state);
  }

  /** Whether the client has been told this state already. */
  isTold({ uid, modseq }: MessageState): boolean {
    return this.#own?.get(uid) === modseq;
  }

  /** FLAGS (RFC 9051 §7.3.5): what is used here. */
  flagList(): string {
    return [...SYSTEM_FLAGS, ...this.#keywords].join(' ');
  }

  /** PERMANENTFLAGS (RFC 9051 §7.1): what this client may set. */
  permanentFlagList(): string {
    return this.readOnly ? '' : permanentFlags(this.rights, this.#keywords).join(' ');
  }

  /** Tells the FLAGS of the mailbox when some are new (RFC 9051 §7.3.5). */
  reportKeywords(states: readonly MessageState[], output: Output): void {
    const added = new Set<string>();
    for (const { flags } of states)
      for (const flag of flags) if (!flag.startsWith('\\') && !this.#keywords.includes(flag)) added.add(flag);
    if (added.size === 0) return;
    this.#keywords = [...this.#keywords, ...added];
    output.untagged(`FLAGS (${this.flagList()})`);
    if (!this.readOnly) output.untagged(`OK [PERMANENTFLAGS (${this.permanentFlagList()})] flags kept`);
  }
}
