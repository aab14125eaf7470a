import { createHash } from 'node:crypto';
import { type Bus, type BusLogger, relayLeases } from '@postroad/bus';

/** Keys of presence; more processes than that would find no shard anyway. */
const SLOTS = 64;

/** After word of one that came or went: the broker may have passed it on before it was stored, and a replica may lag. */
const HINT_MS = [50, 500];

interface MembersOptions {
  readonly pool: string;
  readonly owner: string;
  readonly everyMs: number;
  readonly logger: BusLogger;
  readonly onCount: (count: number) => void;
}

/**
 * How many relay processes a pool has: each writes its presence down and reads the others'. Only for a fair share of the
 * shards; that nobody works on another's shard is the leases' business. Ages are told by the broker's clock alone. One that leaves
 * or is new is heard of at once.
 */
export class Members {
  readonly #bus: Bus;
  readonly #owner: string;
  readonly #prefix: string;
  #subject: string;
  readonly #everyMs: number;
  readonly #logger: BusLogger;
  readonly #onCount: (count: number) => void;
  readonly #known = new Set<string>();
  #hints: ReturnType<Bus['nc']['subscribe']> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #counting = false;
  #hinted: number[] = [];
  #running = true;
  #saidAt: number | null = null;
  #heard = performance.now();

  constructor(bus: Bus, { pool, owner, everyMs, logger, onCount }: MembersOptions) {
    this.#bus = bus;
    this.#owner = owner;
    this.#everyMs = everyMs;
    this.#logger = logger;
    this.#onCount = onCount;
    this.#prefix = `$KV.leases.${relayLeases.members(pool)}`;
    this.#subject = this.#slot(createHash('sha256').update(owner).digest().readUInt32BE());
  }

  /** Counts at once and then again and again. */
  run(): void {
    this.#hints = this.#bus.nc.subscribe(`${this.#prefix}>`, {
      // An error: not permitted by a broker whose configuration is older; then the next count finds out.
      callback: (error, message) => {
        if (error === null) this.#heardOf(message.data);
      },
    });
    this.#count();
  }

  #count(): void {
    this.#counting = true;
    void this.#step()
      .catch((error: unknown) => this.#logger.warn({ err: error }, 'could not count the relay processes'))
      .finally(() => {
        this.#counting = false;
        this.#next(this.#hinted.shift() ?? this.#everyMs);
      });
  }

  #next(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#running && !this.#bus.nc.isClosed()) this.#timer = setTimeout(() => this.#count(), ms);
  }

  /** Presence of somebody not known, or the end of one's: the shares are others now. */
  #heardOf(data: Uint8Array): void {
    const { owner, gone } = presenceIn(data);
    if (owner === undefined || owner === this.#owner || (this.#known.has(owner) && gone !== true)) return;
    if (gone === true) this.#known.delete(owner);
    else this.#known.add(owner);
    // Names that come and go for ever must not fill the memory.
    if (this.#known.size > 4 * SLOTS) this.#known.clear();
    this.#hinted = [...HINT_MS];
    if (!this.#counting) this.#next(this.#hinted.shift() ?? 0);
  }

  /** Presence lies in the bucket of the leases: while the one cannot be written, the others cannot be kept. */
  trouble(): string | null {
    const since = performance.now() - this.#heard;
    return since < 2.5 * this.#everyMs ? null : `the leases could not be written for ${Math.round(since / 1_000)} s`;
  }

  /** Takes the presence back, so that the others take over at their next count. */
  async leave(): Promise<void> {
    this.#running = false;
    this.#hints?.unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#say(true).catch(() => undefined);
  }

  #slot(n: number): string {
    return `${this.#prefix}${n % SLOTS}`;
  }

  async #say(gone: boolean): Promise<void> {
    await this.#bus.js.publish(this.#subject, JSON.stringify({ v: 1, owner: this.#owner, gone }), { timeout: 2_000 });
    this.#saidAt = performance.now();
  }

  async #step(): Promise<void> {
    if (this.#saidAt === null) await this.#say(false);
    const all = await this.#bus.jsm.direct.getLastMessagesFor('KV_leases', { multi_last: [`${this.#prefix}>`] });
    const presences: { subject: string; at: number; owner: string | undefined; gone: boolean }[] = [];
    let newest = 0;
    for await (const message of all) {
      const at = message.time.getTime();
      const { owner, gone = false } = presenceIn(message.data);
      // By the broker's clock it is now as long after our word as by ours.
      newest = Math.max(newest, owner === this.#owner ? at + performance.now() - (this.#saidAt ?? 0) : at);
      presences.push({ subject: message.subject, at, owner, gone });
    }
    const fresh = presences.filter(({ at, gone }) => !gone && newest - at < 2.5 * this.#everyMs);
    const taken = new Set(fresh.map(({ subject }) => subject));
    // Another one has the same slot, and wrote there after us: both would count as one, and the later one find no shard.
    const lost = fresh.some(({ subject, owner }) => subject === this.#subject && owner !== this.#owner);
    const free = Array.from({ length: SLOTS }, (_, i) => this.#slot(i)).find((slot) => !taken.has(slot));
    if (lost) this.#subject = free ?? this.#subject;
    if (this.#running) await this.#say(false);
    this.#heard = performance.now();
    // Ourselves too, when our word was old, or a replica does not have it yet.
    taken.add(this.#subject);
    if (this.#running) this.#onCount(taken.size);
  }
}

function presenceIn(data: Uint8Array): { owner?: string; gone?: boolean } {
  try {
    return (JSON.parse(Buffer.from(data).toString()) ?? {}) as { owner?: string; gone?: boolean };
  } catch {
    return {};
  }
}
