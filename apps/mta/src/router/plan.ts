import { createHash } from 'node:crypto';
import {
  DEFAULT_POOL,
  type DeliverRecord,
  plainAddress,
  type QueueRecord,
  RECIPIENTS_PER_RECORD,
  type RecordRecipient,
} from '@postroad/bus';
import type { SpoolHead } from '@postroad/spool';
import type { Expansion } from './expand.ts';
import type { Pooled } from './pools.ts';

/** The records that carry a message on; the same message and directory always give the same ones. */
export interface RoutePlan {
  readonly deliver: readonly { readonly part: string; readonly record: DeliverRecord }[];
  readonly queue: readonly QueueRecord[];
}

/** An expansion whose remote recipients have their source pools. */
interface Routed extends Pick<Expansion, 'local'> {
  readonly remote: readonly Pooled[];
}

function pages<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Names a record after whom it is for: a head routed again after a change of the directory makes a record of its own. */
function partName(index: number, recipients: readonly RecordRecipient[]): string {
  const names = recipients.map((r) => r.finalRecipient ?? plainAddress(r.forwardPath)).join('\n');
  return `${index}-${createHash('sha256').update(names).digest('hex').slice(0, 12)}`;
}

export function planRoutes(
  head: SpoolHead,
  { local, remote }: Routed,
  traceparent: string | undefined,
  lifetimeMs: number,
): RoutePlan {
  const { queueId, envelope } = head;
  const common = {
    v: 1,
    queueId,
    reversePath: envelope.reversePath,
    prefix: '',
    ...(traceparent === undefined ? {} : { traceparent }),
  } as const;
  const byName = (a: RecordRecipient, b: RecordRecipient) =>
    (a.finalRecipient ?? '') < (b.finalRecipient ?? '') ? -1 : 1;
  const deliver = pages([...local].sort(byName), RECIPIENTS_PER_RECORD).map((recipients, i) => ({
    part: partName(i, recipients),
    record: { ...common, recipients },
  }));
  const createdAt = Date.parse(head.receivedAt);
  const queue = grouped(remote).flatMap(({ domain, pool, recipients }) =>
    pages(recipients, RECIPIENTS_PER_RECORD).map((page, i): QueueRecord => ({
      ...common,
      transport: 'smtp',
      domain,
      ...(pool === DEFAULT_POOL ? {} : { pool }),
      part: `${i}`,
      recipients: page,
      covers: page.map((r) => plainAddress(r.forwardPath)),
      state: 'ready',
      attempts: 0,
      dueAt: createdAt,
      createdAt,
      expiresAt: createdAt + lifetimeMs,
    })),
  );
  return { deliver, queue };
}

interface Group {
  readonly pool: string;
  readonly domain: string;
  readonly recipients: RecordRecipient[];
}

/** By source pool and destination. */
function grouped(remote: readonly Pooled[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { pool, recipient } of remote) {
    const { domain } = recipient.forwardPath;
    const key = `${pool} ${domain}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { pool, domain, recipients: [recipient] });
    else group.recipients.push(recipient);
  }
  return [...groups.values()];
}
