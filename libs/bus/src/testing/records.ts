import { randomBytes } from 'node:crypto';
import { makeQueueId } from '@postroad/mail';
import type { QueueRecord } from '../records.ts';

/** A fresh record for `a@far.test`, long before its end. */
export const queueRecord = (more: Partial<QueueRecord> = {}): QueueRecord => ({
  ...{ v: 1, queueId: makeQueueId(Date.now(), randomBytes(10)), transport: 'smtp', domain: 'far.test', part: '0' },
  ...{ prefix: '', attempts: 0, reversePath: null, covers: ['a@far.test'], state: 'ready', dueAt: 1, createdAt: 1 },
  ...{ recipients: [{ forwardPath: { localPart: 'a', domain: 'far.test' } }], expiresAt: Date.now() + 1e9 },
  ...more,
});
