import { randomBytes } from 'node:crypto';
import { makeQueueId } from '@postroad/mail';
import type { MessageStore, MessageWrite } from '../smtp/accept-message.ts';

type Commit = Parameters<MessageWrite['commit']>[0];

export interface StoredMessage extends Commit {
  readonly content: string;
}

/** A spool that keeps messages in memory, for tests of doors. `failure` is thrown by the next commits; `full` closes admission. */
export class MemorySpool implements MessageStore {
  readonly messages: StoredMessage[] = [];
  aborted = 0;
  full = false;
  failure: Error | null = null;
  /** Octets written, and the most that one message held. */
  largest = 0;

  admits(): boolean {
    return !this.full;
  }

  open(): MessageWrite {
    const chunks: Buffer[] = [];
    let ended = false;
    let size = 0;
    const end = (): void => {
      if (ended) throw new Error('commit and abort: exactly one');
      ended = true;
    };
    return {
      queueId: makeQueueId(Date.now(), randomBytes(10)),
      write: (chunk) => {
        size += chunk.length;
        this.largest = Math.max(this.largest, size);
        chunks.push(Buffer.from(chunk));
        return Promise.resolve();
      },
      commit: (fields) => {
        end();
        if (this.failure !== null) return Promise.reject(this.failure);
        this.messages.push({ ...fields, content: Buffer.concat(chunks).toString('latin1') });
        return Promise.resolve({ size });
      },
      abort: () => {
        end();
        this.aborted++;
        return Promise.resolve();
      },
    };
  }
}
