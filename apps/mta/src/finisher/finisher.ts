import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, endsWithin, Lease, queueIdOf, subjects } from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import { type Logger, type Metrics, METRICS } from '@postroad/telemetry';
import { ROUTER_CONSUMER } from '../router/role.ts';
import { QueueIndex } from './queue-index.ts';
import { SpoolIndex } from './spool-index.ts';
import { StreamIndex } from './stream-index.ts';

export interface FinisherDeps {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface FinisherConfig {
  /** ms between rounds. Default 1,000. */
  readonly everyMs?: number;
  /** Finished messages behind an unfinished one go singly after so long. Default 5,000. */
  readonly stragglerMs?: number;
  /** Chunks without a head go after twice the longest DATA time (DESIGN §3.7). Default 2 h. */
  readonly headlessMs?: number;
  /**
   * How long final records outlive their message. Default 3 min: the broker writes its state down every two, and what it
   * forgot before that comes back.
   */
  readonly recordsMs?: number;
  readonly leaseMs?: number;
  /** Name of this process in the lease. */
  readonly instance: string;
}

/** What a round usually takes at most, ms. */
const ROUND_MS = 1_500;

/** Starts to compete for being the one finisher. */
export function startFinisher(deps: FinisherDeps, config: FinisherConfig): { drain(ms?: number): Promise<void> } {
  let current: Finisher | null = null;
  const lease = Lease.compete(deps.bus, 'finisher', {
    owner: config.instance,
    ttlMs: config.leaseMs ?? 10_000,
    logger: deps.logger,
    onAcquired: () => {
      current = new Finisher(deps, config, () => lease.epoch !== null);
      current.start();
    },
    onLost: () => {
      void current?.stop();
      current = null;
    },
  });
  deps.metrics.gauge(METRICS.spoolMessages, {}, () => current?.size ?? 0);
  return {
    drain: async (ms = ROUND_MS) => {
      // A round that does not end keeps its lease until that has run out: nobody else may begin one before.
      const ended = await endsWithin(current?.stop() ?? Promise.resolve(), Math.max(ms, ROUND_MS));
      if (ended) await endsWithin(lease.release(), ROUND_MS);
    },
  };
}

/**
 * Removes what is finished: content whose head was routed and for which nothing is open in DELIVER or QUEUE (DESIGN §3.7).
 * First heads and chunks, then final records; in runs where it can, singly where something old stands in between.
 */
class Finisher {
  readonly #deps: FinisherDeps;
  readonly #config: Required<Omit<FinisherConfig, 'leaseMs' | 'instance'>>;
  readonly #mayAct: () => boolean;
  readonly #spool = new SpoolIndex();
  readonly #queue: QueueIndex;
  readonly #spoolStream: StreamIndex;
  readonly #queueStream: StreamIndex;
  /** Routed messages to look at in the next round. */
  readonly #candidates = new Set<QueueId>();
  /** Routed messages that wait for a queue record: looked at again when it is final. */
  readonly #parked = new Set<QueueId>();
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: FinisherDeps, config: FinisherConfig, mayAct: () => boolean) {
    this.#deps = deps;
    this.#config = { everyMs: 1_000, stragglerMs: 5_000, recordsMs: 180_000, headlessMs: 7_200_000, ...config };
    this.#mayAct = mayAct;
    this.#queue = new QueueIndex((id) => {
      if (this.#parked.delete(id)) this.#candidates.add(id);
    });
    const onError = (error: unknown) =>
      deps.logger.warn({ err: error }, 'the finisher lost a stream; it follows it anew');
    this.#spoolStream = new StreamIndex({
      bus: deps.bus,
      stream: 'SPOOL',
      filter: 'spool.>',
      onMessage: this.#spool.add,
      onError,
    });
    this.#queueStream = new StreamIndex({
      bus: deps.bus,
      stream: 'QUEUE',
      filter: 'queue.>',
      onMessage: this.#queue.add,
      onError,
    });
  }

  get size(): number {
    return this.#spool.size;
  }

  start(): void {
    this.#spoolStream.start();
    this.#queueStream.start();
    this.#loop = this.#run();
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#spoolStream.stop();
    this.#queueStream.stop();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#round();
      } catch (error) {
        this.#deps.logger.warn({ err: error }, 'a round of the finisher failed; it tries again');
      }
      await sleep(this.#config.everyMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { bus } = this.#deps;
    const router = await bus.jsm.consumers.info('SPOOL', ROUTER_CONSUMER).catch(() => null);
    if (router === null) return;
    for (const id of this.#spool.takeRouted(router.ack_floor.stream_seq)) this.#candidates.add(id);
    // A recipient may move from DELIVER to QUEUE or back between two looks. It is always written to the new place
    // before it leaves the old one, so looking at QUEUE, DELIVER and QUEUE again misses none.
    if (!(await this.#queueStream.caughtUp())) return;
    const openBefore = new Set([...this.#candidates].filter((id) => this.#queue.isOpen(id)));
    const inDelivery = await this.#inDelivery();
    if (!(await this.#queueStream.caughtUp()) || !(await this.#spoolStream.caughtUp())) return;
    if (this.#stopped || !this.#mayAct()) return;
    const now = Date.now();
    for (const id of this.#candidates) {
      if (inDelivery.has(id)) continue;
      if (this.#queue.isOpen(id)) {
        this.#candidates.delete(id);
        this.#parked.add(id);
      } else if (!openBefore.has(id)) {
        this.#candidates.delete(id);
        this.#spool.places.finish(id, now);
      }
    }
    for (const id of this.#spool.headless(now - this.#config.headlessMs)) this.#spool.places.finish(id, now);
    await this.#removeContent(now);
    await this.#removeRecords(now);
  }

  async #inDelivery(): Promise<Set<QueueId>> {
    const { state } = await this.#deps.bus.jsm.streams.info('DELIVER', { subjects_filter: 'deliver.>' });
    return new Set(Object.keys(state.subjects ?? {}).map(queueIdOf));
  }

  async #removeContent(now: number): Promise<void> {
    const { jsm } = this.#deps.bus;
    const before = this.#spool.places.size;
    const finished: QueueId[] = [];
    const below = this.#spool.places.takeRun((id) => finished.push(id));
    if (below > 0) await jsm.streams.purge('SPOOL', { seq: below });
    const stragglers = this.#spool.places.takeStragglers(now, this.#config.stragglerMs, 2_000);
    const single = stragglers.filter(({ key }) => !this.#spool.isChunked(key));
    await inParallel(single, 32, ({ seq }) => jsm.streams.deleteMessage('SPOOL', seq, false).catch(ignoreMissing));
    // A run ends before the first unfinished message; the head of a chunked one may stand behind that.
    const chunked = [...finished, ...stragglers.map((s) => s.key)].filter((id) => this.#spool.isChunked(id));
    await inParallel(chunked, 32, (id) => jsm.streams.purge('SPOOL', { filter: subjects.spooled(id) }));
    for (const id of [...finished, ...stragglers.map((s) => s.key)]) this.#spool.forget(id);
    const gone = before - this.#spool.places.size;
    if (gone > 0) this.#deps.metrics.count(METRICS.finished, {}, gone);
  }

  /**
   * Final records of messages that are gone, also those that a finisher before this one left behind. They are deleted one by
   * one, and late: after a crash the broker takes back the latest purges (down to the beginning of a block). A purged record
   * would come back as the attempt that it had replaced, a deleted one comes back final (m); and a head that comes back must
   * still find the final record, or it is relayed again.
   */
  async #removeRecords(now: number): Promise<void> {
    const { jsm } = this.#deps.bus;
    for (const id of [...this.#queue.ids()])
      if (!this.#spool.has(id) && !this.#queue.isOpen(id)) this.#queue.finish(id, now);
    const old = this.#queue.places.takeStragglers(now, this.#config.recordsMs, 5_000);
    await inParallel(old, 32, ({ seq }) => jsm.streams.deleteMessage('QUEUE', seq, false).catch(ignoreMissing));
  }
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += width) await Promise.all(items.slice(at, at + width).map(work));
}

/** Gone already (a purge that was not confirmed, or the record was replaced): as good. */
function ignoreMissing(error: unknown): void {
  const code = (error as { code?: number }).code;
  if (code !== 10037 && code !== 10057 && code !== 10043) throw error;
}
