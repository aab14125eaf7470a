import type { QueueId } from '@postroad/mail';

/** Every stream that holds mail or speaks of it (DESIGN §3). */
export const STREAMS = { spool: 'SPOOL', deliver: 'DELIVER', queue: 'QUEUE', events: 'EVENTS' } as const;
export type StreamName = (typeof STREAMS)[keyof typeof STREAMS];

/** Number of shards of DELIVER and QUEUE. Changing it strands records: it is part of the subjects. */
export const SHARDS = 16;

/** The source pool that always exists; its subjects and leases are those of releases without pools (ADR 0032). */
export const DEFAULT_POOL = 'default';
/** What a pool of relays may be called: one token of a subject together with its shard, and part of Kubernetes names. */
const POOL = /^[a-z0-9][a-z0-9-]{0,31}$/;
export const isPoolName = (text: string): boolean => POOL.test(text);

/** No pool and no number has a '~' in it, so `a~3` is nobody's but pool a's: what reads `queue.3.>` never sees it. */
const shardToken = (pool: string, shard: number): string =>
  pool === DEFAULT_POOL ? String(shard) : `${pool}~${shard}`;

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
  queue: (id: QueueId, domain: string, part: string, pool = DEFAULT_POOL) =>
    `queue.${shardToken(pool, shardOf(id))}.${id}.${domain.replaceAll('.', '/')}.${part}`,
  queueShard: (shard: number, pool = DEFAULT_POOL) => `queue.${shardToken(pool, shard)}.>`,
  /** What a relay of the pool would take at once: not stored, may be lost (ADR 0039). */
  relayOffer: (pool: string) => `relay.offer.${pool}`,
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

/** Where a subject of QUEUE belongs: pool, shard within it, destination (a name, a literal, or `=local` of the MDA). */
export function queuePlaceOf(subject: string): {
  readonly pool: string;
  readonly shard: number;
  readonly domain: string;
} {
  const [, token = '', , domain = ''] = subject.split('.', 4);
  const tilde = token.indexOf('~');
  return {
    pool: tilde < 0 ? DEFAULT_POOL : token.slice(0, tilde),
    shard: Number(token.slice(tilde + 1)),
    domain: domain.replaceAll('/', '.'),
  };
}

/**
 * Names in the bucket of leases. Those of other pools stand beside, not below, the default pool's: a relay of a release without
 * pools counts whoever is below `relay-member.`.
 */
export const relayLeases = {
  shard: (pool: string, shard: number) => (pool === DEFAULT_POOL ? `relay.${shard}` : `relay.${pool}.${shard}`),
  members: (pool: string) => (pool === DEFAULT_POOL ? 'relay-member.' : `relay-members.${pool}.`),
} as const;
