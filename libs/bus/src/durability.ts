import { BusUnavailable, NotDurable } from './errors.ts';
import { readMonitor } from './monitor.ts';

/**
 * How much a publish acknowledgement promises (DESIGN §1.1).
 * `synced`: on disk; `replicated`: in the memory of a majority; `relaxed`: in the memory of one server.
 */
export type Durability = 'synced' | 'replicated' | 'relaxed';

interface Jsz {
  readonly config?: { readonly sync_always?: boolean; readonly sync_interval?: number; readonly max_storage?: number };
  readonly storage?: number;
  readonly disabled?: boolean;
}

/** Reads `/jsz` of one server's monitoring port. */
export async function readJsz(monitorUrl: string, timeoutMs?: number): Promise<Jsz> {
  const url = new URL('/jsz?config=true', monitorUrl);
  return (await readMonitor(url, timeoutMs)) as Jsz;
}

/**
 * Refuses servers that acknowledge before they sync, unless that was asked for in so many words.
 * @throws NotDurable when one server is lazy; BusUnavailable when not one could be asked
 */
export async function checkDurability(
  monitorUrls: readonly string[],
  durability: Durability,
  timeoutMs?: number,
): Promise<void> {
  if (durability !== 'synced') return;
  if (monitorUrls.length === 0)
    throw new NotDurable('no monitoring address of a NATS server is configured, so sync_interval cannot be checked');
  const answers = await Promise.allSettled(monitorUrls.map((url) => readJsz(url, timeoutMs)));
  let asked = 0;
  answers.forEach((answer, i) => {
    if (answer.status === 'rejected') return;
    asked++;
    if (answer.value.config?.sync_always !== true)
      throw new NotDurable(
        `the NATS server at ${monitorUrls[i]} acknowledges before it syncs: set "sync_interval: always" in its jetstream block, ` +
          'or start with durability "replicated" or "relaxed" if losing mail on a power cut is acceptable',
      );
  });
  // A server that is down cannot acknowledge anything either; it is asked again when it is back (Bus, at each reconnect and every 30 s).
  if (asked === 0) throw new BusUnavailable(`none of the NATS servers could be asked at ${monitorUrls.join(', ')}`);
}
