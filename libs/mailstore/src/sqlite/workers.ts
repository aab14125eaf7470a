import { type CallObserver, WorkerClient } from './client.ts';
import type { IndexerOperations } from './index/worker.ts';
import type { ReaderOperations } from './read/worker.ts';
import type { WriterOperations } from './write/worker.ts';

/** The threads of one store. */
export interface Workers {
  readonly writer: WorkerClient<WriterOperations>;
  readonly indexer: WorkerClient<IndexerOperations>;
  readonly reader: WorkerClient<ReaderOperations>;
  /** A reader for searches, which may take long. */
  readonly searcher: WorkerClient<ReaderOperations>;
}

/** Starts them one after the other: the writer makes the database, the indexer its index. */
export async function startWorkers(directory: string, writing: CallObserver): Promise<Workers> {
  const writer = new WorkerClient<WriterOperations>(new URL('./write/worker.ts', import.meta.url), directory, writing);
  const indexer = new WorkerClient<IndexerOperations>(new URL('./index/worker.ts', import.meta.url), directory);
  const reading = new URL('./read/worker.ts', import.meta.url);
  const reader = new WorkerClient<ReaderOperations>(reading, directory);
  const searcher = new WorkerClient<ReaderOperations>(reading, directory);
  const workers = { writer, indexer, reader, searcher };
  try {
    await writer.start();
    await Promise.all([indexer.start(), reader.start(), searcher.start()]);
  } catch (error) {
    await Promise.all(Object.values(workers).map((worker) => worker.abandon()));
    throw error;
  }
  return workers;
}
