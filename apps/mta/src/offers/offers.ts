import { type Bus, DEFAULT_POOL, type QueueRecord, shardOf, subjects } from '@postroad/bus';
import { decodeOffer, type Offer, OFFER_MS } from './offer.ts';

interface Standing {
  readonly offer: Offer;
  room: number;
  /** performance.now() */
  readonly until: number;
}

/** More relays than this are not listened to. */
const MAX_OWNERS = 1_000;

/**
 * The router's half: hears what relays would take, and makes fresh records theirs, which saves the write of a claim. A broker
 * that does not permit it, a relay that is busy or of an older release: then there is no offer, and the record is `ready`.
 */
export class Offers {
  readonly #standing = new Map<string, Standing>();

  static listen(bus: Bus): Offers {
    const offers = new Offers();
    bus.nc.subscribe(subjects.relayOffer('*'), {
      callback: (error, message) => {
        if (error === null) offers.hear(message.data);
      },
    });
    return offers;
  }

  hear(data: Uint8Array): void {
    const offer = decodeOffer(data);
    if (offer === null) return;
    const key = `${offer.pool} ${offer.owner}`;
    // Each message looks through all that stand: those that are gone go when somebody new comes.
    if (!this.#standing.has(key)) this.#forgetOld();
    if (this.#standing.size >= MAX_OWNERS && !this.#standing.has(key)) return;
    this.#standing.set(key, { offer, room: offer.room, until: performance.now() + OFFER_MS });
  }

  /** The record as it is to be made: for the relay that offers to take it, or `ready` as it was. */
  grant(record: QueueRecord): QueueRecord {
    const now = performance.now();
    const shard = shardOf(record.queueId);
    for (const standing of this.#standing.values()) {
      const { pool, epochs } = standing.offer;
      const epoch = epochs[shard];
      if (epoch === undefined || standing.room <= 0 || standing.until < now) continue;
      if (pool !== (record.pool ?? DEFAULT_POOL)) continue;
      standing.room -= 1;
      return { ...record, state: 'attempting', claim: { epoch, since: Date.now() } };
    }
    return record;
  }

  #forgetOld(): void {
    const now = performance.now();
    for (const [key, { until }] of this.#standing) if (until < now) this.#standing.delete(key);
  }
}
