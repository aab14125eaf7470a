import { isPoolName, SHARDS } from '@postroad/bus';

/**
 * What one relay says, a few times a second: of which shards it is the owner, and how many fresh records it would send at once
 * (ADR 0039). Not stored; a new one replaces the one before.
 */
export interface Offer {
  readonly v: 1;
  readonly pool: string;
  /** Name of the process. */
  readonly owner: string;
  /** Fencing epoch by shard. */
  readonly epochs: Readonly<Record<number, number>>;
  /** Records beyond which those that come would only wait. */
  readonly room: number;
}

/** ms for which an offer counts after it was heard. */
export const OFFER_MS = 1_000;
/** No relay's offer is worth more. */
export const MOST_ROOM = 512;
const MAX_OCTETS = 4_096;

export const encodeOffer = (offer: Offer): string => JSON.stringify(offer);

/** Null: of another version, or nonsense. */
export function decodeOffer(data: Uint8Array): Offer | null {
  if (data.length > MAX_OCTETS) return null;
  try {
    const { v, pool, owner, epochs, room } = JSON.parse(Buffer.from(data).toString()) as Partial<Offer>;
    if (v !== 1 || typeof pool !== 'string' || !isPoolName(pool) || typeof owner !== 'string') return null;
    if (!Number.isSafeInteger(room) || typeof epochs !== 'object' || epochs === null) return null;
    const valid = Object.entries(epochs).every(
      ([shard, epoch]) => Number.isSafeInteger(epoch) && Number(shard) >= 0 && Number(shard) < SHARDS,
    );
    return valid ? { v, pool, owner, epochs, room: Math.min(room ?? 0, MOST_ROOM) } : null;
  } catch {
    return null;
  }
}
