import type { FlaggedMessage, ImapAccount, MailboxChanges, MailboxSnapshot, MessageState } from '../backend.ts';
import type { SequenceSet } from '../parse/sequence-set.ts';
import { lowerBound, uidsBySequence, uidsByUid } from '../parse/sequence-set.ts';
import type { Output } from '../write/output.ts';

/**
 * A mailbox as one session has told it to its client: which messages there are and how they are numbered. It follows the store
 * only when the client is told (RFC 3501 §7.4.1, §5.5), so sequence numbers always mean what the client thinks.
 */
export class View {
  readonly mailboxId: number;
  readonly name: string;
  readonly readOnly: boolean;
  readonly uidValidity: number;
  /** UIDs by sequence number − 1; messages gone but not yet reported are still among them. */
  readonly uids: number[];
  /** Everything up to this MODSEQ has been looked at. */
  modseq: number;
  /** Gone from the store, not yet from the client. */
  readonly #gone = new Set<number>();
  /** State changes this session made and answered itself: they need not be told again. */
  readonly #own = new Map<number, number>();
  readonly #keywords: Set<string>;

  constructor(snapshot: MailboxSnapshot, readOnly: boolean) {
    const { mailbox } = snapshot;
    this.mailboxId = mailbox.id;
    this.name = mailbox.name;
    this.uidValidity = mailbox.uidValidity;
    this.modseq = mailbox.highestModseq;
    this.readOnly = readOnly;
    this.uids = [...snapshot.uids];
    this.#keywords = new Set(snapshot.keywords);
  }

  get exists(): number {
    return this.uids.length;
  }

  /** Sequence number of a UID; 0 when this client does not know the message. */
  sequence(uid: number): number {
    const at = lowerBound(this.uids, uid);
    return this.uids[at] === uid ? at + 1 : 0;
  }

  /** UIDs a set names, by sequence number or by UID, ascending. */
  resolve(set: SequenceSet, byUid: boolean): number[] {
    return byUid ? uidsByUid(set, this.uids) : uidsBySequence(set, this.uids);
  }

  /** Whether one of these messages was expunged and this client not told yet. */
  someGone(uids: readonly number[]): boolean {
    return this.#gone.size > 0 && uids.some((uid) => this.#gone.has(uid));
  }

  /** The client was told the whole state of these in the answer to its own command. */
  told(states: readonly MessageState[]): void {
    for (const { uid, modseq } of states) if (modseq > this.modseq) this.#own.set(uid, modseq);
  }

  /** The client knows these from its own command, unless somebody else had changed them before. */
  knows(states: readonly FlaggedMessage[]): void {
    this.told(
      states.filter(({ uid, previousModseq: before }) => before <= this.modseq || this.#own.get(uid) === before),
    );
  }

  /** FLAGS and PERMANENTFLAGS (RFC 3501 §7.2.6), when keywords came that the client has not heard of. */
  newKeywords(states: readonly MessageState[]): boolean {
    const before = this.#keywords.size;
    for (const { flags } of states) for (const flag of flags) if (!flag.startsWith('\\')) this.#keywords.add(flag);
    return this.#keywords.size > before;
  }

  flagList(): string {
    return ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft', ...this.#keywords].join(' ');
  }

  /** Looks at the store and tells the client; `expunges` false leaves sequence numbers alone. */
  async sync(account: ImapAccount, output: Output, options: { expunges: boolean; condstore: boolean }): Promise<void> {
    const changes = await account.changesSince(this.mailboxId, this.modseq);
    for (const uid of changes.vanished) if (this.sequence(uid) > 0) this.#gone.add(uid);
    if (options.expunges) this.#reportGone(output);
    const lastKnown = this.uids.at(-1) ?? 0;
    this.#reportNew(changes, output, lastKnown);
    this.#reportStates(changes, output, lastKnown, options.condstore);
    this.modseq = changes.mailbox.highestModseq;
    this.#own.clear();
  }

  #reportGone(output: Output): void {
    if (this.#gone.size === 0) return;
    // from the highest number down, so that each number is right when it is read and the array moves once
    const numbers = [...this.#gone].map((uid) => this.sequence(uid)).sort((a, b) => b - a);
    for (const number of numbers) output.untagged(`${String(number)} EXPUNGE`);
    let kept = 0;
    for (const uid of this.uids) if (!this.#gone.has(uid)) this.uids[kept++] = uid;
    this.uids.length = kept;
    this.#gone.clear();
  }

  #reportNew(changes: MailboxChanges, output: Output, lastKnown: number): void {
    const added = changes.messages.filter((message) => message.uid > lastKnown);
    if (added.length === 0) return;
    for (const { uid } of added) this.uids.push(uid);
    output.untagged(`${String(this.exists)} EXISTS`);
    output.untagged('0 RECENT');
  }

  /**
   * Flags that changed. A new message without any is told by EXISTS alone: clients that fetch it at that moment take a FETCH
   * they did not ask for as the answer.
   */
  #reportStates(changes: MailboxChanges, output: Output, lastKnown: number, condstore: boolean): void {
    const told = changes.messages.filter(
      ({ uid, flags, modseq }) => (uid <= lastKnown || flags.length > 0) && this.#own.get(uid) !== modseq,
    );
    this.reportKeywords(changes.messages, output);
    for (const message of told) {
      const number = this.sequence(message.uid);
      if (number > 0) output.untagged(formatState(number, message, condstore));
    }
  }

  /** Tells the FLAGS of the mailbox when some are new. */
  reportKeywords(states: readonly MessageState[], output: Output): void {
    if (!this.newKeywords(states)) return;
    output.untagged(`FLAGS (${this.flagList()})`);
    if (!this.readOnly) output.untagged(`OK [PERMANENTFLAGS (${this.flagList()} \\*)] flags kept`);
  }
}

/** `n FETCH (UID u FLAGS (…) [MODSEQ (m)])`: the UID is always there, so that no client needs to guess. */
export function formatState(number: number, state: MessageState, condstore: boolean): string {
  const modseq = condstore ? ` MODSEQ (${String(state.modseq)})` : '';
  return `${String(number)} FETCH (UID ${String(state.uid)} FLAGS (${state.flags.join(' ')})${modseq})`;
}
