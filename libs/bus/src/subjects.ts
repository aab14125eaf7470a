import type { QueueId } from '@postroad/mail';

/** Every stream that holds mail or speaks of it (DESIGN §3). */
export const STREAMS = { spool: 'SPOOL', deliver: 'DELIVER', queue: 'QUEUE', events: 'EVENTS' } as const;
export type StreamName = (typeof STREAMS)[keyof typeof STREAMS];

/** Number of shards of DELIVER and QUEUE. Changing it strands records: it is part of the subjects. */
export const SHARDS = 16;

/** FNV-1a over the characters: spreads queue ids over shards; stable for ever. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

export const shardOf = (id: QueueId): number => hash(id) % SHARDS;

/** Subjects, in one place. A queue id is always one whole token, so that all records of a message can be found. */
export const subjects = {
  head: (id: QueueId) => `spool.${id}.head`,
  chunk: (id: QueueId, n: number) => `spool.${id}.${n}`,
  spooled: (id: QueueId) => `spool.${id}.>`,
  deliver: (id: QueueId, part: string) => `deliver.${shardOf(id)}.${id}.${part}`,
  /** `domain` is a lower-case A-label name or literal; '.' is written '/' so that it stays one token. */
  queue: (id: QueueId, domain: string, part: string) =>
    `queue.${shardOf(id)}.${id}.${domain.replaceAll('.', '/')}.${part}`,
  queueShard: (shard: number) => `queue.${shard}.>`,
  /** Change hints for IMAP sessions: not stored, may be lost. */
  hint: (accountId: string) => `hint.${accountId}`,
  /** What an administrator asks of any one mda, by request and reply. */
  adminMda: (operation: string) => `admin.mda.${operation}`,
} as const;

/** The queue id inside a subject of SPOOL, DELIVER or QUEUE. */
export function queueIdOf(subject: string): QueueId {
  const tokens = subject.split('.');
  return (tokens[0] === 'spool' ? tokens[1] : tokens[2]) as QueueId;
}
