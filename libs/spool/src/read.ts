import { createHash } from 'node:crypto';
import { type Bus, subjects } from '@postroad/bus';
import type { QueueId } from '@postroad/mail';
import { decodeHead } from './head.ts';
import { SpoolCorrupt, type SpoolHead, type SpoolMessage } from './types.ts';

/** One message of the spool by subject: from any replica, and a miss confirmed by the leader. */
async function get(bus: Bus, subject: string): Promise<Uint8Array | null> {
  const near = await bus.jsm.direct.getMessage('SPOOL', { last_by_subj: subject }).catch(() => null);
  if (near !== null) return near.data;
  return (await bus.readBack('SPOOL', subject))?.data ?? null;
}

export async function readSpooled(bus: Bus, queueId: QueueId): Promise<SpoolMessage | null> {
  const data = await get(bus, subjects.head(queueId));
  return data === null ? null : spoolMessage(bus, data);
}

/** A message whose head is already at hand (the router consumes heads). The hash of inline content is verified here. */
export function spoolMessage(bus: Bus, data: Uint8Array): SpoolMessage {
  const { head, inline } = decodeHead(data);
  if (inline !== null && createHash('sha256').update(inline).digest('hex') !== head.sha256)
    throw new SpoolCorrupt(`the content of ${head.queueId} is not what was written`);
  return { head, inline, stream: () => (inline === null ? chunks(bus, head) : one(inline)) };
}

async function* one(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** The chunks in order, the next one fetched while one is in use; verified at the end. */
async function* chunks(bus: Bus, head: SpoolHead): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  const fetch = (n: number) => get(bus, subjects.chunk(head.queueId, n));
  let ahead: Promise<Uint8Array | null> | null = fetch(0);
  for (let n = 0; n < head.chunks; n++) {
    const chunk: Uint8Array | null = await (ahead ?? fetch(n));
    if (chunk === null) throw new SpoolCorrupt(`chunk ${n} of ${head.queueId} is missing`);
    ahead = n + 1 < head.chunks ? fetch(n + 1) : null;
    // A reader that stops early must not leave an unhandled rejection behind.
    ahead?.catch(() => undefined);
    hash.update(chunk);
    size += chunk.length;
    yield chunk;
  }
  if (size !== head.size || hash.digest('hex') !== head.sha256)
    throw new SpoolCorrupt(`the content of ${head.queueId} is not what was written`);
}
