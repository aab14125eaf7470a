import type { Subscription } from '@nats-io/nats-core';
import type { Bus, BusLogger } from './bus.ts';
import { readBack } from './publish.ts';

/** What stands in the bucket `leases` under the lease's name. */
interface LeaseRecord {
  readonly v: 1;
  readonly owner: string;
  /** Grows with every change of owner: what a former owner still says can be told apart. */
  readonly epoch: number;
  readonly released?: boolean;
  /** It was released when nothing of what it covered was under way any more. Releases before this one did not say so. */
  readonly stopped?: boolean;
}

/**
 * How a lease came. `free`: nobody had it, or who had it gave it up, and what it covered had stopped. `own`: a process of the same name
 * had it, and is gone. `expired`: it had run out, or was given up early; what it covered may still be stopping.
 */
export type LeaseBefore = 'free' | 'own' | 'expired';

export interface LeaseOptions {
  /**
   * Who wants it: a name that no other living process has. A process that comes back under the same name takes its lease up
   * again at once, with a higher epoch.
   */
  readonly owner: string;
  /** Milliseconds without renewal after which others may take it. Default 10 s. */
  readonly ttlMs?: number;
  /** Each time with an epoch that nobody had before. */
  readonly onAcquired: (epoch: number, before: LeaseBefore) => void;
  /** The lease has run out or was taken: stop at once whatever it covered. */
  readonly onLost: () => void;
  readonly logger: BusLogger;
}

const STREAM = 'KV_leases';
/** After a hint: the broker may have passed the record on before it was stored. */
const HINT_MS = 30;
const HINTED_LOOKS = 3;

/**
 * A lease over KV: one owner at a time, with a fencing epoch. No wall clock is compared: an owner counts from the moment
 * BEFORE it sent its last renewal, a challenger from the moment AFTER it first saw the revision it wants to replace,
 * each on its own monotonic clock; so the owner stops before anybody may take over (DESIGN §3.5). A record that is written is heard of
 * at once, so that what was released has a new owner within milliseconds; that is a hint, the leader's word is the truth.
 */
export class Lease {
  readonly #name: string;
  readonly #subject: string;
  readonly #bus: Bus;
  readonly #options: LeaseOptions & { readonly ttlMs: number };
  #held: { epoch: number; revision: number; until: number } | null = null;
  #seen: { revision: number; since: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #expiry: NodeJS.Timeout | null = null;
  #hints: Subscription | null = null;
  #looks = 0;
  #busy = false;
  #running = true;
  #turn: Promise<void> = Promise.resolve();

  private constructor(bus: Bus, name: string, options: LeaseOptions) {
    this.#bus = bus;
    this.#name = name;
    this.#subject = `$KV.leases.${name}`;
    this.#options = { ttlMs: 10_000, ...options };
  }

  /** Starts to compete for the lease `name`. */
  static compete(bus: Bus, name: string, options: LeaseOptions): Lease {
    const lease = new Lease(bus, name, options);
    lease.#hear();
    lease.#schedule(0);
    return lease;
  }

  /** The last epoch of a lease that its owner gave up when nothing it covered was under way; null: somebody has it, or may still be stopping. */
  static async givenUp(bus: Bus, name: string): Promise<number | null> {
    const found = await readBack(bus.jsm, STREAM, `$KV.leases.${name}`);
    if (found === null || found.data.length === 0) return null;
    const { released, stopped, epoch } = JSON.parse(Buffer.from(found.data).toString()) as LeaseRecord;
    return released === true && stopped === true ? epoch : null;
  }

  /** The fencing epoch while the lease is surely ours by our own clock; null otherwise. */
  get epoch(): number | null {
    return this.#held !== null && performance.now() < this.#held.until ? this.#held.epoch : null;
  }

  /**
   * Gives the lease up, so that another may take it at once. What it covered should have stopped before; when something may still be
   * under way (`stopped` is false), the next owner is told.
   */
  async release(stopped = true): Promise<void> {
    this.#running = false;
    this.#hints?.unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#turn;
    const held = this.#held;
    this.#drop(false);
    if (held === null) return;
    const record: LeaseRecord = { v: 1, owner: this.#options.owner, epoch: held.epoch, released: true, stopped };
    await this.#put(record, held.revision).catch(() => undefined);
  }

  #hear(): void {
    this.#hints = this.#bus.nc.subscribe(this.#subject, {
      callback: (error, message) => {
        // An error: not permitted by a broker whose configuration is older; then the next look finds out.
        if (error !== null || this.#held !== null || !isReleased(message.data)) return;
        this.#looks = HINTED_LOOKS;
        if (this.#busy) return;
        if (this.#timer !== null) clearTimeout(this.#timer);
        this.#schedule(HINT_MS);
      },
    });
  }

  #schedule(ms: number): void {
    if (!this.#running || this.#bus.nc.isClosed()) return;
    this.#timer = setTimeout(() => {
      this.#busy = true;
      this.#turn = this.#step()
        .catch((error: unknown) => {
          this.#options.logger.warn({ err: error, lease: this.#name }, 'could not renew or take a lease; trying again');
        })
        .finally(() => {
          this.#busy = false;
          this.#schedule(this.#held === null && this.#looks-- > 0 ? HINT_MS * 4 : this.#options.ttlMs / 4);
        });
    }, ms);
  }

  async #step(): Promise<void> {
    if (this.#held !== null) return this.#renew(this.#held);
    // Only the leader's answer counts: a follower may still show the revision before.
    const found = await readBack(this.#bus.jsm, STREAM, this.#subject);
    const record =
      found === null || found.data.length === 0
        ? null
        : (JSON.parse(Buffer.from(found.data).toString()) as LeaseRecord);
    const revision = found?.seq ?? 0;
    if (this.#seen?.revision !== revision) this.#seen = { revision, since: performance.now() };
    const before = this.#before(record, this.#seen.since);
    if (before !== null) await this.#write(revision, (record?.epoch ?? 0) + 1, before);
  }

  /** Null: it is somebody's. */
  #before(record: LeaseRecord | null, since: number): LeaseBefore | null {
    if (record === null) return 'free';
    if (record.released === true) return record.stopped === true ? 'free' : 'expired';
    if (record.owner === this.#options.owner) return 'own';
    return performance.now() - since > this.#options.ttlMs ? 'expired' : null;
  }

  async #renew(held: { epoch: number; revision: number }): Promise<void> {
    await this.#write(held.revision, held.epoch, null);
  }

  /** `before` is null for a renewal. */
  async #write(revision: number, epoch: number, before: LeaseBefore | null): Promise<void> {
    const sentAt = performance.now();
    const record: LeaseRecord = { v: 1, owner: this.#options.owner, epoch };
    let revisionNow: number;
    try {
      revisionNow = await this.#put(record, revision);
    } catch {
      // Lost the race, or no answer (then the write may have landed): only the leader knows.
      return this.#recover(epoch, sentAt, before);
    }
    this.#hold(epoch, revisionNow, sentAt, before);
  }

  /** Compare-and-set of the lease's key; returns its new revision. */
  async #put(record: LeaseRecord, revision: number): Promise<number> {
    const ack = await this.#bus.js.publish(this.#subject, JSON.stringify(record), {
      expect: { lastSubjectSequence: revision },
      timeout: this.#options.ttlMs / 2,
      retries: 1,
    });
    return ack.seq;
  }

  /** After a write that was not confirmed: if the record is ours all the same, go on from its revision. */
  async #recover(epoch: number, sentAt: number, before: LeaseBefore | null): Promise<void> {
    const found = await readBack(this.#bus.jsm, STREAM, this.#subject);
    if (found === null) return;
    const record = JSON.parse(Buffer.from(found.data).toString()) as LeaseRecord;
    if (record.owner === this.#options.owner && record.epoch === epoch && record.released !== true)
      this.#hold(epoch, found.seq, sentAt, before);
    else this.#drop(true);
  }

  #hold(epoch: number, revision: number, sentAt: number, before: LeaseBefore | null): void {
    const fresh = this.#held === null;
    // Renewed too late: it ran out meanwhile, and is taken anew, with an epoch of its own.
    if (fresh && before === null) return;
    // A tenth of the time is kept back, for timers that fire late.
    const until = sentAt + this.#options.ttlMs * 0.9;
    if (performance.now() >= until) return this.#drop(true);
    this.#held = { epoch, revision, until };
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#drop(true), until - performance.now());
    if (fresh && before !== null) this.#options.onAcquired(epoch, before);
  }

  #drop(tell: boolean): void {
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = null;
    if (this.#held === null) return;
    this.#held = null;
    this.#seen = null;
    if (tell) this.#options.onLost();
  }
}

const isReleased = (data: Uint8Array): boolean => {
  try {
    return (JSON.parse(Buffer.from(data).toString()) as Partial<LeaseRecord>).released === true;
  } catch {
    return false;
  }
};
