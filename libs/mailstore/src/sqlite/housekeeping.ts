import type { RetentionRule } from '../types.ts';
import type { OlderRequest } from './protocol.ts';
import type { StoreParts } from './parts.ts';

/** Removes content nobody needs any more, gives its pages back, and sweeps up files a crash left; resolves to octets of content. */
export async function collectGarbage({ writer, indexing, files }: StoreParts): Promise<number> {
  let bytes = 0;
  const removed = await indexing.removed();
  for (let more = true; more;) {
    const step = await writer.call('collectGarbage', removed);
    bytes += step.bytes;
    more = step.more;
  }
  while (await writer.call('vacuum', undefined));
  await files.sweep((names) => writer.call('unreferencedFiles', names));
  if (bytes > 0) indexing.poke();
  return bytes;
}

/** Calls a bounded operation until it finds nothing more to do; resolves to how many it did. */
export async function untilDone(step: () => Promise<number>): Promise<number> {
  let done = 0;
  for (;;) {
    const n = await step();
    if (n === 0) return done;
    done += n;
  }
}

export async function applyRetention(
  { writer, indexer }: StoreParts,
  rules: readonly RetentionRule[],
  now: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const overdue: readonly OlderRequest[] = await indexer.call('overdue', { rules, now });
  for (const request of overdue) {
    const n = await untilDone(() => writer.call('expungeOlder', request));
    if (n > 0) counts.set(request.account, (counts.get(request.account) ?? 0) + n);
  }
  return counts;
}
