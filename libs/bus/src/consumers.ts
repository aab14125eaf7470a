import type { StreamName } from './subjects.ts';

/** Durable consumers that the road needs, each with its stream. Their lag is the work that waits; a missing one is mail that stands still. */
export const CONSUMERS = {
  router: { stream: 'SPOOL', durable: 'router' },
  deliver: { stream: 'DELIVER', durable: 'mda' },
  ingest: { stream: 'EVENTS', durable: 'ops' },
} as const satisfies Readonly<Record<string, { readonly stream: StreamName; readonly durable: string }>>;
