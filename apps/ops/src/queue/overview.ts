import {
  type Bus,
  QUEUE_HEADERS,
  queueIdOf,
  queuePlaceOf,
  type QueueState,
  ReadInterrupted,
  readQueueRecord,
  StreamReader,
  type StoredRecord,
} from '@postroad/bus';

/** A record as its subject and headers tell it. */
export interface QueueLine {
  readonly subject: string;
  readonly queueId: string;
  readonly domain: string;
  /** Source pool. */
  readonly pool: string;
  readonly state: QueueState | 'unknown';
  /** ms since the epoch. */
  readonly dueAt: number;
}

export interface QueueOverview {
  readonly lines: readonly QueueLine[];
  /** More stood there than were read. */
  readonly cut: boolean;
  /** When it was read, ms since the epoch. */
  readonly at: number;
}

const MAX_LINES = 200_000;
const READ_LIMIT_MS = 10_000;
/** People who reload a page share one reading. */
const FRESH_MS = 1_000;

/** The whole queue by headers only: one pass over the stream, whatever the page and the filter. */
export class QueueReader {
  readonly #bus: Bus;
  #last: Promise<QueueOverview> | null = null;
  #lastAt = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** `anew`: for who acts on it, not only looks. */
  overview({ anew = false } = {}): Promise<QueueOverview> {
    if (!anew && this.#last !== null && performance.now() - this.#lastAt < FRESH_MS) return this.#last;
    const reading = this.#read();
    this.#last = reading;
    this.#lastAt = performance.now();
    reading.catch(() => (this.#last = null));
    return reading;
  }

  /** The records of these lines, from the leader; those that are gone by now are left out. */
  async records(lines: readonly QueueLine[]): Promise<StoredRecord[]> {
    const found: (StoredRecord | null)[] = [];
    for (let i = 0; i < lines.length; i += 32)
      found.push(
        ...(await Promise.all(
          lines.slice(i, i + 32).map((line) => readQueueRecord(this.#bus, line.subject).catch(() => null)),
        )),
      );
    return found.filter((record) => record !== null);
  }

  async #read(): Promise<QueueOverview> {
    const until = performance.now() + READ_LIMIT_MS;
    for (;;) {
      try {
        return await this.#readAll(until);
      } catch (error) {
        if (!(error instanceof ReadInterrupted) || performance.now() > until) throw error;
      }
    }
  }

  /** @throws ReadInterrupted */
  async #readAll(until: number): Promise<QueueOverview> {
    const lines = new Map<string, QueueLine>();
    const at = Date.now();
    const { messages: standing } = (await this.#bus.jsm.streams.info('QUEUE')).state;
    if (standing === 0) return { lines: [], cut: false, at };
    const reader = await StreamReader.open(this.#bus, 'QUEUE', {
      ...{ filter: 'queue.>', from: 'all', headersOnly: true, ahead: 5_000 },
    });
    const enough = setTimeout(() => reader.stop(), until - performance.now());
    let complete = false;
    try {
      if ((await reader.waiting()) === 0) return { lines: [], cut: false, at };
      for await (const { subject, headers, info } of reader) {
        const { domain, pool } = queuePlaceOf(subject);
        lines.set(subject, {
          ...{ subject, queueId: queueIdOf(subject), domain, pool },
          state: (headers?.get(QUEUE_HEADERS.state) || 'unknown') as QueueLine['state'],
          dueAt: Number(headers?.get(QUEUE_HEADERS.due)) || 0,
        });
        complete = info.pending === 0;
        if (complete || lines.size >= MAX_LINES) break;
      }
    } finally {
      clearTimeout(enough);
      await reader.close();
    }
    return { lines: [...lines.values()].sort((a, b) => (a.queueId < b.queueId ? -1 : 1)), cut: !complete, at };
  }
}
