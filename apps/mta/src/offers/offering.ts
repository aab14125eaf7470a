import { type Bus, subjects } from '@postroad/bus';
import { encodeOffer, MOST_ROOM, OFFER_MS } from './offer.ts';

/** What an offer is made of. */
export interface Offered {
  readonly pool: string;
  readonly owner: string;
  /** Fencing epochs of the shards that are ours now. */
  epochs(): Readonly<Record<number, number>>;
  /** Records whose time has come and whose outcome is not written yet. */
  busy(): number;
}

const EVERY_MS = 100;

/** The relay's half: says what it would take, ten times a second under load, else often enough that an offer never runs out. */
export class Offering {
  readonly #bus: Bus;
  readonly #offered: Offered;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #permitted = true;
  #said = '';
  #saidAt = -Infinity;

  constructor(bus: Bus, offered: Offered) {
    this.#bus = bus;
    this.#offered = offered;
  }

  run(): void {
    // Heard only to learn whether the broker's configuration knows offers: it would complain of each one that it does not let through.
    this.#bus.nc.subscribe(subjects.relayOffer(this.#offered.pool), {
      callback: (error) => {
        if (error !== null) this.#permitted = false;
      },
    });
    this.#timer = setInterval(() => this.say(), EVERY_MS);
  }

  /** At once when something has changed, e.g. before a shard is given up. */
  say(): void {
    if (this.#stopped) return;
    const { pool, owner } = this.#offered;
    const room = Math.max(MOST_ROOM - this.#offered.busy(), 0);
    this.#publish(encodeOffer({ v: 1, pool, owner, epochs: this.#offered.epochs(), room }));
  }

  /** Takes nothing any more, for good. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    const { pool, owner } = this.#offered;
    this.#publish(encodeOffer({ v: 1, pool, owner, epochs: {}, room: 0 }));
  }

  #publish(text: string): void {
    const now = performance.now();
    if (text === this.#said && now - this.#saidAt < OFFER_MS / 3) return;
    // What is kept until the broker is back would be heard when it is long out of date.
    if (!this.#permitted || this.#bus.refusal !== null) return;
    this.#said = text;
    this.#saidAt = now;
    this.#bus.nc.publish(subjects.relayOffer(this.#offered.pool), text);
  }
}
