import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, StreamReader } from '@postroad/bus';
import { DirectoryUnavailable } from './types.ts';

/** A value as it was read, with the revision a change must name. */
export interface Entry {
  readonly value: unknown;
  readonly revision: number;
}

type Bucket = 'directory' | 'verifiers';

const MAX_ENTRIES = 50_000;
/** Even without a change the truth is read again after this long. */
const MAX_AGE_MS = 60_000;
/** A miss, and whatever is read while no change would be heard of. */
const BRIEFLY_MS = 5_000;
const AGAIN_MS = 200;
/** For as long after a lost watch replicas may not know yet what was changed meanwhile. */
const LAG_MS = 10_000;

/**
 * One KV bucket, read through a cache that a watch invalidates. A replica may lag (DESIGN §3): the leader is asked for what a replica
 * does not have, and for what was heard to change; misses are remembered only briefly.
 */
export class BucketCache {
  readonly #bus: Bus;
  readonly #bucket: Bucket;
  readonly #onChange: (key: string) => void;
  readonly #entries = new Map<string, { entry: Entry | null; until: number }>();
  readonly #loading = new Map<string, Promise<Entry | null>>();
  /** Keys that changed since they were read: a replica that has not heard of it would have the old one cached for a minute. */
  readonly #changed = new Set<string>();
  #lagsUntil = 0;
  #generation = 0;
  #reader: StreamReader | null = null;
  /** No change would be heard of now. */
  #deaf = false;
  #stopped = false;

  constructor(bus: Bus, bucket: Bucket, onChange: (key: string) => void = () => {}) {
    this.#bus = bus;
    this.#bucket = bucket;
    this.#onChange = onChange;
  }

  async start(): Promise<void> {
    void this.#watch(await this.#listen());
  }

  stop(): void {
    this.#stopped = true;
    this.#reader?.stop();
  }

  async #listen(): Promise<StreamReader> {
    const filter = `$KV.${this.#bucket}.>`;
    this.#reader = await StreamReader.open(this.#bus, `KV_${this.#bucket}`, { filter, from: 'new', headersOnly: true });
    if (this.#stopped) await this.#reader.close();
    return this.#reader;
  }

  async #watch(first: StreamReader): Promise<void> {
    for (let reader: StreamReader | null = first; !this.#stopped && !this.#bus.nc.isClosed();) {
      try {
        if (reader === null) {
          reader = await this.#listen();
          this.#clear();
          this.#deaf = false;
        }
        for await (const { subject } of reader) this.#invalidate(subject.slice(`$KV.${this.#bucket}.`.length));
      } catch {
        // Whatever it was: listening anew comes first, then what may be old is forgotten.
      }
      reader = null;
      this.#deaf = true;
      if (!this.#stopped) await sleep(AGAIN_MS, undefined, { ref: false });
    }
  }

  #clear(): void {
    this.#generation++;
    this.#entries.clear();
    this.#loading.clear();
    this.#lagsUntil = performance.now() + LAG_MS;
    this.#onChange('*');
  }

  #invalidate(key: string): void {
    this.#generation++;
    this.#entries.delete(key);
    this.#loading.delete(key);
    if (this.#changed.size >= MAX_ENTRIES) this.#changed.clear();
    this.#changed.add(key);
    this.#onChange(key);
  }

  /** The record under a key, or null when the leader says there is none. @throws DirectoryUnavailable */
  async get<T>(key: string): Promise<(Entry & { value: T }) | null> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > performance.now()) return known.entry as (Entry & { value: T }) | null;
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = this.#load(key).finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    return (await loading) as (Entry & { value: T }) | null;
  }

  async #load(key: string): Promise<Entry | null> {
    const generation = this.#generation;
    const entry = await this.#read(key);
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    // A change that came while this was read may be newer than what was read.
    if (generation === this.#generation) {
      this.#entries.set(key, {
        entry,
        until: performance.now() + (entry === null || this.#deaf ? BRIEFLY_MS : MAX_AGE_MS),
      });
      this.#changed.delete(key);
    }
    return entry;
  }

  async #read(key: string): Promise<Entry | null> {
    const subject = `$KV.${this.#bucket}.${key}`;
    const stream = `KV_${this.#bucket}` as const;
    try {
      const mayLag = this.#changed.has(key) || performance.now() < this.#lagsUntil;
      const near = mayLag
        ? null
        : await this.#bus.jsm.direct.getMessage(stream, { last_by_subj: subject }).catch(() => null);
      const found = near ?? (await this.#bus.readBack(stream, subject));
      if (found === null || found.data.length === 0) return null;
      return { value: JSON.parse(Buffer.from(found.data).toString('utf8')), revision: found.seq };
    } catch (error) {
      throw new DirectoryUnavailable(`the directory cannot be read: ${String(error)}`, { cause: error });
    }
  }
}
