import { type Bus, DEFAULT_POOL } from '@postroad/bus';

const PREFIX = '$KV.leases.relay.';
/** Relays renew a lease every few seconds; one that nobody renewed for that long is nobody's. */
const STALE_MS = 30_000;

/** Source pools of which a relay holds a shard now, by the broker's own clock. */
export async function relaysByPool(bus: Bus): Promise<Set<string>> {
  const { ts = '', state } = await bus.jsm.streams.info('KV_leases', { subjects_filter: `${PREFIX}>` });
  const served = new Set<string>();
  if (Object.keys(state.subjects ?? {}).length === 0) return served;
  const now = Date.parse(ts);
  const leases = await bus.jsm.direct.getLastMessagesFor('KV_leases', { multi_last: [`${PREFIX}>`] });
  for await (const message of leases) {
    const tokens = message.subject.slice(PREFIX.length).split('.');
    const pool = tokens.length === 1 ? DEFAULT_POOL : (tokens[0] ?? '');
    const { released } = message.json<{ released?: boolean }>();
    if (released !== true && now - message.time.getTime() < STALE_MS) served.add(pool);
  }
  return served;
}
