import { isGranted, queueIdOf, queuePlaceOf, type QueueRecord, type QueueState } from '@postroad/bus';
import { type QueueId, queueIdTime } from '@postroad/mail';
import { DueHeap } from './due-heap.ts';

/** What the owner of a shard knows of one record. */
export interface Entry {
  readonly subject: string;
  readonly shard: number;
  /** Lower-case A-label or literal, from the subject. */
  readonly domain: string;
  seq: number;
  state: QueueState;
  /** ms since the epoch. */
  dueAt: number;
  /** At hand for fresh ones only: the rest is read when its time comes. */
  record: QueueRecord | null;
  /** Claimed by us: under attempt, or about to be. */
  claimed: boolean;
  /** Somebody here works on it: what the stream says meanwhile waits in `newer`. */
  busy: boolean;
  newer: Seen | null;
  /** performance.now() when work on it began. */
  takenAt: number;
  /** The sequence under which an attempt at it was begun here by a grant, without a write of its own; 0: none was. */
  begun: number;
  /** Time under which it stands in the heap; 0: it does not. */
  at: number;
}

/** Whether it is known to be claimed by the router for a relay, and is not under attempt here. */
export const isGrant = ({ claimed, record, begun, seq }: Entry): boolean =>
  !claimed && begun !== seq && record !== null && isGranted(record);

/** What the stream said of a record. */
export interface Seen {
  readonly subject: string;
  readonly seq: number;
  readonly state: QueueState;
  readonly dueAt: number;
  readonly record: QueueRecord | null;
}

/** Bodies of fresh records kept in memory; those beyond are read again. */
const MAX_BODIES = 20_000;
/** Longest sleep: a clock that jumps is noticed after that. */
const MAX_SLEEP_MS = 1_000;
/** A round of the loop hands over so many, then lets others run. */
const MAX_ROUND = 1_000;

/** What a look at all owned records tells. */
export interface ScheduleStats {
  /** Records whose time has come, those under attempt included. */
  readonly due: number;
  /** Age of the oldest due-time, ms. */
  readonly oldestDueMs: number;
  /** Age of the oldest message that is still to be sent, ms; held ones aside. */
  readonly oldestMessageMs: number;
  readonly states: Readonly<Record<QueueState, number>>;
  /** `attempting`: claimed here or by somebody before us; `due` and `deferred` are the rest of what is to be sent. */
  readonly standing: Readonly<Record<'due' | 'attempting' | 'deferred' | 'held', number>>;
}

/** The owned records and their due-times (DESIGN §3.5), in memory, rebuilt from the stream. */
export class Schedule {
  readonly #entries = new Map<string, Entry>();
  readonly #heap = new DueHeap<Entry>();
  readonly #onDue: (entry: Entry) => void;
  /** By shard. */
  readonly #busy: number[] = [];
  #bodies = 0;
  #timer: NodeJS.Timeout | null = null;
  #wakeAt = Infinity;
  #running = true;

  constructor(onDue: (entry: Entry) => void) {
    this.#onDue = onDue;
  }

  /** Takes in what the stream shows. What is not newer than what is known (our own writes come back) changes nothing. */
  observe(seen: Seen): void {
    const known = this.#entries.get(seen.subject);
    if (known !== undefined && seen.seq <= known.seq) {
      // Our own final write has come back: nothing older can come after it.
      if (known.state === 'done' && !known.busy && seen.seq === known.seq) this.forget(known);
      return;
    }
    if (known?.busy === true) {
      if (seen.seq > (known.newer?.seq ?? 0)) known.newer = seen;
      return;
    }
    if (seen.state === 'done') {
      if (known !== undefined) this.forget(known);
      return;
    }
    this.#apply(known ?? this.#add(seen), seen);
  }

  /** Takes an entry into work: the stream no longer changes it. */
  take(entry: Entry): void {
    entry.busy = true;
    entry.takenAt = performance.now();
    this.#busy[entry.shard] = this.busy(entry.shard) + 1;
    entry.at = 0;
  }

  /** Ends the work on an entry, whose record now is what was written (or read back). */
  leave(entry: Entry, now: Omit<Seen, 'subject'> | null): void {
    this.#free(entry);
    const newer = entry.newer;
    entry.newer = null;
    if (this.#entries.get(entry.subject) !== entry) return;
    const latest = newer !== null && newer.seq > (now?.seq ?? entry.seq) ? newer : now;
    // Nothing known: the stream will tell, or it stands as it was.
    if (latest === null) this.#place(entry);
    else this.#apply(entry, { ...latest, subject: entry.subject });
    // A final write of ours stays until the stream has shown it, so that an older state that comes late is known as old.
    if (newer !== null && newer.seq >= entry.seq && entry.state === 'done') this.forget(entry);
  }

  /** Puts an entry off, in memory only. */
  postpone(entry: Entry, until: number): void {
    this.#free(entry);
    if (this.#entries.get(entry.subject) !== entry) return;
    const newer = entry.newer;
    entry.newer = null;
    if (newer !== null && newer.seq > entry.seq) return this.#apply(entry, newer);
    this.#push(entry, until);
  }

  /** What is known of its body counts no more: it is read when it is needed. */
  unread(entry: Entry): void {
    this.#keepBody(entry, null);
  }

  forget(entry: Entry): void {
    if (this.#entries.get(entry.subject) !== entry) return;
    this.#free(entry);
    this.#keepBody(entry, null);
    this.#entries.delete(entry.subject);
    entry.at = 0;
  }

  forgetShard(shard: number): void {
    for (const entry of this.#entries.values()) if (entry.shard === shard) this.forget(entry);
  }

  /** Final entries the stream never showed (purged first) go when it has passed them. */
  sweep(shards: ReadonlySet<number>, position: number): void {
    for (const entry of this.#entries.values())
      if (entry.state === 'done' && !entry.busy && entry.seq <= position && shards.has(entry.shard)) this.forget(entry);
  }

  owns(entry: Entry): boolean {
    return this.#entries.get(entry.subject) === entry;
  }

  /** Entries of a shard that are worked on now. */
  busy(shard: number): number {
    return this.#busy[shard] ?? 0;
  }

  /** Of all shards. */
  allBusy(): number {
    return this.#busy.reduce((sum, busy) => sum + busy, 0);
  }

  #free(entry: Entry): void {
    if (entry.busy) this.#busy[entry.shard] = this.busy(entry.shard) - 1;
    entry.busy = entry.claimed = false;
  }

  /** Walks over all entries: for /metrics, not for the hot path. */
  stats(now: number): ScheduleStats {
    let due = 0;
    let oldest = now;
    let oldestId = '';
    const states = { ready: 0, attempting: 0, deferred: 0, held: 0, done: 0 };
    const standing = { due: 0, attempting: 0, deferred: 0, held: 0 };
    for (const entry of this.#entries.values()) {
      const { state, dueAt, claimed, subject } = entry;
      states[state] += 1;
      if (state === 'done') continue;
      const waits = (state === 'ready' || state === 'deferred' || isGrant(entry)) && dueAt <= now;
      if (waits) {
        due += 1;
        oldest = Math.min(oldest, dueAt);
      }
      if (state === 'held') standing.held += 1;
      else if (claimed || (state === 'attempting' && !waits)) standing.attempting += 1;
      else standing[waits ? 'due' : 'deferred'] += 1;
      if (state === 'held') continue;
      // Ids sort by age.
      const id = queueIdOf(subject);
      if (oldestId === '' || id < oldestId) oldestId = id;
    }
    const oldestMessageMs = oldestId === '' ? 0 : Math.max(now - queueIdTime(oldestId as QueueId), 0);
    return { due, oldestDueMs: now - oldest, oldestMessageMs, states, standing };
  }

  /** Hands out now what is due, without waiting for the timer that was set for it. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#round();
  }

  stop(): void {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #add({ subject, seq, state, dueAt }: Seen): Entry {
    const { shard, domain } = queuePlaceOf(subject);
    const entry: Entry = {
      subject,
      shard,
      domain,
      seq,
      state,
      dueAt,
      record: null,
      claimed: false,
      busy: false,
      newer: null,
      takenAt: 0,
      begun: 0,
      at: 0,
    };
    this.#entries.set(subject, entry);
    return entry;
  }

  #apply(entry: Entry, seen: Seen): void {
    entry.seq = seen.seq;
    entry.state = seen.state;
    entry.dueAt = seen.dueAt;
    const fresh = seen.state === 'ready' || (seen.record !== null && isGranted(seen.record));
    this.#keepBody(entry, fresh ? seen.record : null);
    this.#place(entry);
  }

  #keepBody(entry: Entry, record: QueueRecord | null): void {
    if (entry.record !== null) this.#bodies -= 1;
    entry.record = this.#bodies < MAX_BODIES ? record : null;
    if (entry.record !== null) this.#bodies += 1;
  }

  #place(entry: Entry): void {
    entry.at = 0;
    // `attempting` and not by us: looked at as soon as possible, by reading it.
    if (entry.state === 'ready' || entry.state === 'deferred') this.#push(entry, entry.dueAt);
    else if (entry.state === 'attempting') this.#push(entry, Date.now());
  }

  #push(entry: Entry, at: number): void {
    entry.at = Math.max(at, 1);
    this.#heap.push(entry.at, entry);
    this.#wake();
  }

  #wake(): void {
    const at = this.#heap.next;
    if (!this.#running || at >= this.#wakeAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakeAt = at;
    this.#timer = setTimeout(() => this.#round(), Math.min(Math.max(at - Date.now(), 0), MAX_SLEEP_MS));
  }

  #round(): void {
    this.#timer = null;
    this.#wakeAt = Infinity;
    const now = Date.now();
    for (let n = 0; n < MAX_ROUND && this.#heap.next <= now; n++) {
      const popped = this.#heap.pop();
      // Stale ones have been placed anew, taken or forgotten since.
      if (popped === undefined || popped.item.at !== popped.at || popped.item.busy) continue;
      this.take(popped.item);
      this.#onDue(popped.item);
    }
    this.#wake();
  }
}
