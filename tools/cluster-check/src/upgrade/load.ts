import { setTimeout as sleep } from 'node:timers/promises';
import type { People } from '../checks.ts';
import type { Cluster } from '../cluster.ts';
import { Certificates, looker } from './certificates.ts';
import { type Copy, Ledger } from './ledger.ts';
import { idler, inventory, newcomer, watcher } from './readers.ts';
import { idIn, sender } from './sender.ts';

/** Messages per second of each of five senders. */
const RATE = 6;
const RELAYED_EVERY = 8;
const SETTLE_MS = 30_000;

/** Clients of every kind at a cluster, from `start` to `finish`, and what they saw. */
export class Load {
  readonly ledger = new Ledger();
  readonly certificates: Certificates;
  readonly #cluster: Cluster;
  readonly #people: People;
  readonly #senders = new AbortController();
  readonly #readers = new AbortController();
  #sending: Promise<unknown> = Promise.resolve();
  #reading: Promise<unknown> = Promise.resolve();

  constructor(cluster: Cluster, people: People) {
    this.#cluster = cluster;
    this.#people = people;
    this.certificates = new Certificates(this.ledger, cluster.certificate);
  }

  start(): void {
    const { alice, bob } = this.#people;
    this.#sending = Promise.all([
      this.#sender('submissions', 'alice', 0),
      this.#sender('submissions', 'bob', 1),
      this.#sender('submission', 'alice', 2),
      this.#sender('mx', null, 3),
      this.#sender('mx', null, 4),
    ]);
    const { ledger, certificates } = this;
    const imaps = this.#cluster.door('mda/imap', 'imaps');
    const signal = this.#readers.signal;
    const reader = (name: string, account = alice) => ({ name, ledger, port: imaps, account, signal });
    this.#reading = Promise.all([
      watcher(reader('watcher alice', alice)),
      watcher(reader('watcher bob', bob)),
      ...[1, 2, 3, 4].map((n) => idler(reader(`idler ${n}`, n % 2 === 0 ? alice : bob))),
      newcomer(reader('newcomer')),
      looker({ door: 'imaps', port: imaps, ledger, signal }, certificates),
      this.#relayed(),
    ]);
  }

  /** No new message from now on; waits for those accepted, ends every client. Resolves to all copies there are. */
  async finish(): Promise<Copy[]> {
    this.#senders.abort();
    await this.#sending;
    for (const until = performance.now() + SETTLE_MS; this.ledger.missing > 0 && performance.now() < until;)
      await sleep(200);
    // Time for a second copy to show itself.
    await sleep(3_000);
    this.#readers.abort();
    await this.#reading;
    const copies: Copy[] = [];
    const add = (place: string, id: string) => copies.push({ place, id, seenAt: this.ledger.seenAt(place, id) });
    for (const account of [this.#people.alice, this.#people.bob]) {
      const port = this.#cluster.door('mda/imap', 'imaps');
      for (const id of await inventory({ name: 'inventory', ledger: this.ledger, port, account }))
        add(account.address, id);
    }
    for (const { recipients, octets } of this.#cluster.sink.messages)
      for (const recipient of recipients) add(recipient, idIn(octets) ?? '');
    return copies;
  }

  #sender(door: 'submissions' | 'submission' | 'mx', who: 'alice' | 'bob' | null, number: number): Promise<void> {
    const { alice, bob } = this.#people;
    const mailboxes = [alice.address, bob.address];
    const port = this.#cluster.door(door === 'mx' ? 'mta/mx' : 'msa/smtp', door);
    const relayed = `someone@${this.#cluster.elsewhere}`;
    return sender({
      name: `sender ${number} (${door})`,
      ledger: this.ledger,
      door: { name: door, port, implicitTls: door === 'submissions' },
      login: who === null ? null : this.#people[who],
      rate: RATE,
      places: (n) => {
        if (who !== null && n % RELAYED_EVERY === 0) return [relayed];
        return n % 5 === 0 ? mailboxes : [mailboxes[(n + number) % 2] ?? alice.address];
      },
      trusted: () => this.certificates.trusted,
      showed: (...args) => this.certificates.showed(...args),
      signal: this.#senders.signal,
    });
  }

  /** Looks at what the other server gets, as the watchers do at mailboxes. */
  async #relayed(): Promise<void> {
    const { messages } = this.#cluster.sink;
    for (let at = 0; !this.#readers.signal.aborted; await sleep(50))
      for (; at < messages.length; at++) {
        const id = idIn(messages[at]?.octets ?? '');
        for (const recipient of messages[at]?.recipients ?? []) if (id !== undefined) this.ledger.see(recipient, id);
      }
  }
}
