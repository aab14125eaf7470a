import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { BadExport } from '../otlp/spans.ts';
import { EventReader } from './reader.ts';
import type { RawBatch, WriterReply, WriterRequest, WriterSettings, Written } from './types.ts';

interface Waiting {
  readonly resolve: (written: Written) => void;
  readonly reject: (error: Error) => void;
}
type Unnumbered<T> = T extends WriterRequest ? Omit<T, 'id'> : never;

/** Exports waiting for the writer; more are refused, so that a flood of spans costs no memory. */
const MAX_WAITING = 64;

/** The bounded store of events and spans (DESIGN §4, Traces): written by a thread of its own, read here. */
export class EventStore {
  readonly reader: EventReader;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #gone: Error | null = null;

  constructor(settings: WriterSettings) {
    mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
    this.reader = new EventReader(settings.directory);
    this.#worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: settings });
    this.#worker.on('message', (reply: WriterReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#fail(new Error('the writer of the event store has ended')));
  }

  /** Null while it works; otherwise what its writer died of. */
  get failure(): Error | null {
    return this.#gone;
  }

  /** Resolves after the commit: then the batches may be acked. */
  writeEvents(batches: readonly RawBatch[]): Promise<Written> {
    return this.#ask({ kind: 'events', batches });
  }

  /** An OTLP/JSON export as it came. @throws BadExport */
  writeSpans(body: Uint8Array): Promise<Written> {
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new Error('the event store is behind'));
    return this.#ask({ kind: 'spans', body });
  }

  async close(): Promise<void> {
    if (this.#gone === null) await this.#ask({ kind: 'close' });
    this.reader.close();
  }

  #ask(request: Unnumbered<WriterRequest>): Promise<Written> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...request });
    });
  }

  #settle(reply: WriterReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.written);
    else waiting?.reject(reply.bad ? new BadExport(reply.message) : new Error(reply.message));
  }

  #fail(error: Error): void {
    this.#gone ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
