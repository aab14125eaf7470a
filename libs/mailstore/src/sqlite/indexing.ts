import type { WorkerClient } from './client.ts';
import type { IndexerOperations } from './index/worker.ts';

/** ms between new mail and its indexing: a burst of deliveries is taken up in few batches, and not while it lasts. */
const DELAY = 250;

/** Has new mail taken up into the text index after a while. */
export class Indexing {
  readonly #indexer: WorkerClient<IndexerOperations>;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(indexer: WorkerClient<IndexerOperations>) {
    this.#indexer = indexer;
    this.poke();
  }

  /** Something may have come, or gone. */
  poke(): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      // it looks again with the next change; until it has caught up, searches read what is missing
      this.#indexer.call('catchUp', false).catch(() => undefined);
    }, DELAY);
    this.#timer.unref();
  }

  async caughtUp(): Promise<void> {
    await this.#indexer.call('catchUp', true);
  }

  backlog(): Promise<number> {
    return this.#indexer.call('backlog', undefined);
  }

  /** How much of what is gone has left the index. */
  removed(): Promise<number> {
    return this.#indexer.call('removed', undefined);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }
}
