import { Worker } from 'node:worker_threads';
import { type SearchProgress, StoreError } from '../types.ts';
import type { Reply } from './protocol.ts';
import { CONTENT_MISSING } from './protocol.ts';

/** A reply the store deals with itself: make the account, or send the content again. */
export class Retry extends Error {
  readonly code: typeof CONTENT_MISSING | 'NO_ACCOUNT';
  constructor(code: typeof CONTENT_MISSING | 'NO_ACCOUNT', message: string) {
    super(message);
    this.code = code;
  }
}

/** Told of each call when it is posted; what it returns is called when the end is known here, before whoever asked for it knows. */
export type CallObserver = (op: string, args: unknown) => () => void;

interface Waiting {
  readonly settled: (() => void) | undefined;
  readonly progress: SearchProgress | undefined;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

type Operations = Record<string, (context: never, args: never) => unknown>;

/** What a call resolves to: long operations are generators or promises in the worker. */
type Answer<T> = T extends Generator<unknown, infer R> ? R : Awaited<T>;

/** Calls into one worker thread. A worker that died is started again by the next call; what waited on it is rejected. */
export class WorkerClient<Ops extends Operations> {
  readonly #script: URL;
  readonly #directory: string;
  readonly #observer: CallObserver | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #nextId = 1;
  #closed = false;

  constructor(script: URL, directory: string, observer?: CallObserver) {
    this.#script = script;
    this.#directory = directory;
    this.#observer = observer;
  }

  /** Starts the worker and resolves once it has opened the database. */
  async start(): Promise<void> {
    const worker = this.#spawn();
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => {
        resolve();
      });
      worker.once('error', reject);
    });
  }

  call<Op extends keyof Ops & string>(
    op: Op,
    args: Parameters<Ops[Op]>[1],
    transfer: readonly ArrayBuffer[] = [],
    progress?: SearchProgress,
  ): Promise<Answer<ReturnType<Ops[Op]>>> {
    if (this.#closed) return Promise.reject(new StoreError('CLOSED', 'the mailstore is closed'));
    const id = this.#nextId++;
    const worker = this.#worker ?? this.#spawn();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, progress, settled: this.#observer?.(op, args) });
      worker.postMessage({ id, op, args }, transfer);
    });
  }

  /** Ends the worker in the middle of what it does: for one whose work can be taken up again. */
  async abandon(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker) this.#lost(worker, new StoreError('CLOSED', 'the mailstore is closed'));
    await worker?.terminate();
  }

  /** Waits for the calls under way, then ends the worker. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await this.#worker?.terminate();
  }

  #spawn(): Worker {
    const worker = new Worker(this.#script, { workerData: { directory: this.#directory } });
    this.#worker = worker;
    worker.on('message', (reply: Reply | 'ready') => {
      if (reply !== 'ready') this.#settle(reply);
    });
    worker.on('error', (error) => {
      this.#lost(worker, new StoreError('UNAVAILABLE', error instanceof Error ? error.message : String(error)));
    });
    worker.on('exit', () => {
      this.#lost(worker, new StoreError('UNAVAILABLE', 'the mailstore worker ended'));
    });
    return worker;
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    if ('of' in reply) {
      waiting.progress?.(reply.done, reply.of);
      return;
    }
    this.#waiting.delete(reply.id);
    waiting.settled?.();
    if (!('code' in reply)) waiting.resolve(reply.value as never);
    else if (reply.code === CONTENT_MISSING || reply.code === 'NO_ACCOUNT')
      waiting.reject(new Retry(reply.code, reply.message));
    else waiting.reject(new StoreError(reply.code, reply.message));
  }

  #lost(worker: Worker, reason: StoreError): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { settled, reject } of lost) {
      settled?.();
      reject(reason);
    }
  }
}
