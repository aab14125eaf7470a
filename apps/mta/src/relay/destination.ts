import type { AttemptResult } from './attempt.ts';
import { backoff } from './backoff.ts';
import type { Claimed } from './claim.ts';
import type { ConnectionSlots } from './connection-slots.ts';
import { ConnectFailed, type Session } from './connect.ts';
import { Fifo } from './fifo.ts';
import { type Fate, ownFate } from './reply-status.ts';
import type { Candidate, Route } from './resolve-mx.ts';
import { type Entry, isGrant } from './schedule.ts';
import type { RelaySettings } from './settings.ts';

/** What a destination has done for it. None of these throws. */
export interface DestinationWork {
  route(): Promise<Route>;
  open(candidate: Candidate): Promise<Session>;
  /** Null when the entry was dealt with otherwise. */
  claim(entry: Entry): Promise<Claimed | null>;
  attempt(session: Session, claimed: Claimed): Promise<AttemptResult>;
  /** Writes what became of a claimed record. Not waited for. */
  finish(claimed: Claimed, result: AttemptResult, session: Session): void;
  /** A claimed record whose connections are all gone: put off until then. */
  putOff(claimed: Claimed, fate: Fate, until: number): void;
  /** An entry that was not claimed: put off (`until`), or failed for good. `probe`: this one was tried for the others. */
  suspend(entry: Entry, fate: Fate, until: number, probe: boolean): void;
  /** A claimed record that is not sent now: as it was before. */
  back(claimed: Claimed): void;
}

interface Live {
  readonly session: Session;
  sent: number;
  busy: boolean;
  idleTimer: NodeJS.Timeout | null;
}

/** Milliseconds for which a route, and the knowledge that an address did not answer, are used. */
const ROUTE_MS = 60_000;
/** Sessions lost in mid-transaction, one after the other, until the destination counts as unreachable. */
const STRIKES = 5;
const QUIT_MS = 5_000;
/** Faster than this (ms a transaction), records are claimed ahead: the claim's round trip then costs no time on the wire. */
const CLAIM_AHEAD_BELOW_MS = 500;

/** One destination: its waiting messages, its connections, and how it has behaved. What happens here concerns no other one. */
export class Destination {
  readonly name: string;
  readonly #settings: RelaySettings;
  readonly #slots: ConnectionSlots;
  readonly #work: DestinationWork;
  readonly #queue = new Fifo<Entry>();
  readonly #claimed = new Fifo<Claimed>();
  readonly #live = new Set<Live>();
  readonly #bad = new Map<string, number>();
  #opening = 0;
  #claiming = 0;
  #pace = 1_000;
  #limit: number;
  #strikes = 0;
  #failures = 0;
  #blockedUntil = 0;
  #because: Fate = ownFate('deferred', '4.4.1', 'The destination cannot be reached');
  #route: { readonly route: Route; readonly until: number } | null = null;
  /** The hosts had no room for us a moment ago. */
  #busyUntil = 0;
  #closing = false;

  constructor(name: string, settings: RelaySettings, slots: ConnectionSlots, work: DestinationWork) {
    this.name = name;
    this.#settings = settings;
    this.#slots = slots;
    this.#work = work;
    this.#limit = settings.maxPerDestination;
  }

  /** An entry whose time has come. */
  add(entry: Entry): void {
    // An operator asked for it (only he makes a tried record `ready` again): then the destination is tried as well.
    if (entry.state === 'ready' && entry.record !== null && entry.record.attempts > 0) this.#blockedUntil = 0;
    this.#queue.push(entry);
    this.pump();
  }

  /** Does whatever can be done now. Cheap when there is nothing. */
  pump(): void {
    if (this.#queue.length > 0 && Date.now() < this.#blockedUntil) this.#suspendAll();
    if (this.#closing) return;
    this.#send();
    this.#openMore();
    this.#claimMore();
  }

  /** A connection somewhere has ended: there may be room now. */
  wake(): void {
    this.#busyUntil = 0;
    this.pump();
  }

  /** Somebody waits for a connection: gives up those that have nothing to do. */
  yieldIdle(): void {
    if (this.#workless()) for (const live of this.#live) if (!live.busy) this.#end(live);
  }

  /** Nothing to do and nothing worth remembering. */
  forgettable(now: number): boolean {
    const nothing = this.#workless() && this.#opening + this.#live.size === 0;
    return nothing && (this.#failures === 0 || now > this.#blockedUntil + this.#settings.unreachableLongest);
  }

  /** Begins nothing any more; returns what waits, unclaimed and claimed. Connections end with their present message. */
  close(): { readonly waiting: Entry[]; readonly claimed: Claimed[] } {
    this.#closing = true;
    for (const live of this.#live) if (!live.busy) this.#end(live);
    return { waiting: all(this.#queue), claimed: all(this.#claimed) };
  }

  /** Takes what waits of some shards out, because they are given up; returns the claimed ones. */
  release(shard: number): { readonly waiting: Entry[]; readonly claimed: Claimed[] } {
    const waiting = this.#queue.extract((entry) => entry.shard === shard);
    const claimed = this.#claimed.extract(({ entry }) => entry.shard === shard);
    return { waiting, claimed };
  }

  /** Takes out what waits by the router's claim for longer than `ms`: operators must not have to wait with it. */
  overdueGrants(ms: number): Entry[] {
    const before = performance.now() - ms;
    return this.#queue.length === 0 ? [] : this.#queue.extract((entry) => entry.takenAt < before && isGrant(entry));
  }

  /** Cuts every connection (the process ends, or its time is over). */
  cut(why: Error): void {
    for (const { session } of this.#live) session.client.abandon(why);
  }

  #send(): void {
    for (const live of this.#live) {
      if (live.busy) continue;
      if (live.session.client.broken !== null) {
        this.#end(live);
        continue;
      }
      const claimed = this.#claimed.shift();
      if (claimed === undefined) this.#rest(live);
      else void this.#transact(live, claimed);
    }
  }

  async #transact(live: Live, claimed: Claimed): Promise<void> {
    live.busy = true;
    if (live.idleTimer !== null) clearTimeout(live.idleTimer);
    live.idleTimer = null;
    const start = performance.now();
    const result = await this.#work.attempt(live.session, claimed);
    live.busy = false;
    // A peer may close a connection that rests just when it is used again: another one is tried, the message is untouched.
    if (result.silent === true && live.sent > 0 && !this.#closing) {
      this.#claimed.unshift(claimed);
      this.#end(live);
      return this.pump();
    }
    this.#work.finish(claimed, result, live.session);
    live.sent += 1;
    if (result.sessionLost && result.unreadable === undefined) this.#strike(result.fates[0]);
    else {
      this.#pace = 0.8 * this.#pace + 0.2 * (performance.now() - start);
      this.#strikes = this.#failures = 0;
      if (this.#limit < this.#settings.maxPerDestination) this.#limit += 0.1;
    }
    if (result.sessionLost || live.sent >= this.#settings.messagesPerConnection || this.#closing) this.#end(live);
    this.pump();
  }

  /** A peer that takes connections and then drops them is no better than one that takes none. */
  #strike(fate: Fate | undefined): void {
    this.#strikes += 1;
    if (this.#strikes >= STRIKES && fate !== undefined) this.#block(fate);
  }

  /** Nothing to do for a connection: it waits a little for more, unless somebody else needs it. */
  #rest(live: Live): void {
    if (this.#slots.wanted && this.#workless()) return this.#end(live);
    live.idleTimer ??= setTimeout(() => {
      live.idleTimer = null;
      if (!live.busy) this.#end(live);
    }, this.#settings.timeouts.idle);
  }

  #workless(): boolean {
    return this.#queue.length + this.#claimed.length + this.#claiming === 0;
  }

  #end(live: Live): void {
    if (!this.#live.delete(live)) return;
    if (live.idleTimer !== null) clearTimeout(live.idleTimer);
    const { client, candidate } = live.session;
    const free = (): void => {
      this.#slots.giveHost(`${candidate.address}:${candidate.port}`);
      this.#slots.give();
    };
    if (client.broken !== null) return free();
    // For the host it counts until it is closed; a peer that does not answer QUIT is not waited for longer than that.
    const timer = setTimeout(() => client.abandon(new Error('QUIT was not answered')), QUIT_MS);
    client.once('end', () => {
      clearTimeout(timer);
      free();
    });
    client.quit();
  }

  #openMore(): void {
    if (Date.now() < this.#busyUntil) return;
    const probing = this.#live.size === 0 || this.#failures > 0;
    const limit = probing ? 1 : Math.floor(this.#limit);
    for (;;) {
      const have = this.#live.size + this.#opening;
      let idle = this.#opening;
      for (const live of this.#live) if (!live.busy) idle += 1;
      if (have >= limit || this.#queue.length + this.#claimed.length + this.#claiming <= idle) return;
      if (!this.#slots.take(have)) return;
      this.#opening += 1;
      void this.#open();
    }
  }

  async #open(): Promise<void> {
    const opened = await this.#reach();
    this.#opening -= 1;
    if ('client' in opened) {
      const live: Live = { session: opened, sent: 0, busy: false, idleTimer: null };
      this.#live.add(live);
      this.#failures = 0;
      if (this.#closing) this.#end(live);
    } else if (opened === BUSY_HOSTS) {
      this.#slots.untake();
      this.#busyUntil = Date.now() + 1_000;
      return;
    } else {
      this.#slots.give();
      if (opened.kind === 'failed') this.#failAll(opened);
      else this.#unreachable(opened);
    }
    this.pump();
  }

  /** A session with the best host that can be had; else why there is none. */
  async #reach(): Promise<Session | Fate> {
    const now = Date.now();
    if (this.#route === null || this.#route.until < now)
      this.#route = { route: await this.#work.route(), until: now + ROUTE_MS };
    const { route } = this.#route;
    if ('fate' in route) {
      // Trouble may pass sooner than a fact.
      if (route.fate.kind === 'deferred') this.#route = null;
      return route.fate;
    }
    let last: Fate = BUSY_HOSTS;
    const [good, bad] = [[] as Candidate[], [] as Candidate[]];
    for (const candidate of route.candidates)
      ((this.#bad.get(candidate.address) ?? 0) > now ? bad : good).push(candidate);
    for (const candidate of [...good, ...bad]) {
      const key = `${candidate.address}:${candidate.port}`;
      if (this.#closing || !this.#slots.takeHost(key)) continue;
      try {
        const session = await this.#work.open(candidate);
        this.#bad.delete(candidate.address);
        return session;
      } catch (error) {
        this.#slots.giveHost(key);
        this.#bad.set(candidate.address, Date.now() + ROUTE_MS);
        last = error instanceof ConnectFailed ? error.fate : ownFate('deferred', '4.4.1', String(error));
      }
    }
    return last;
  }

  #unreachable(fate: Fate): void {
    // Other connections stand: the peer only wants no more of them.
    if (this.#live.size > 0) this.#limit = Math.max(1, this.#live.size);
    else this.#block(fate);
  }

  /** Leaves the destination alone for a while; whoever waits for it is put off. */
  #block(fate: Fate): void {
    this.#failures += 1;
    this.#strikes = 0;
    this.#because = fate;
    this.#route = null;
    const { unreachableFirst, unreachableLongest } = this.#settings;
    this.#blockedUntil = Date.now() + backoff(this.#failures, unreachableFirst, unreachableLongest);
    for (const claimed of all(this.#claimed)) this.#work.putOff(claimed, fate, this.#blockedUntil);
    this.#suspendAll(true);
  }

  #suspendAll(probed = false): void {
    all(this.#queue).forEach((entry, i) =>
      this.#work.suspend(entry, this.#because, this.#blockedUntil, probed && i === 0),
    );
  }

  #failAll(fate: Fate): void {
    for (const entry of all(this.#queue)) this.#work.suspend(entry, fate, 0, false);
    for (const claimed of all(this.#claimed)) this.#work.putOff(claimed, fate, 0);
  }

  #claimMore(): void {
    if (this.#live.size === 0) return;
    let room = this.#pace < CLAIM_AHEAD_BELOW_MS ? this.#live.size : 0;
    for (const live of this.#live) if (!live.busy) room += 1;
    while (this.#queue.length > 0 && this.#claiming + this.#claimed.length < room) {
      const entry = this.#queue.shift() as Entry;
      this.#claiming += 1;
      void this.#claim(entry);
    }
  }

  async #claim(entry: Entry): Promise<void> {
    const claimed = await this.#work.claim(entry);
    this.#claiming -= 1;
    if (claimed !== null) {
      if (this.#closing) this.#work.back(claimed);
      else this.#claimed.push(claimed);
    }
    this.pump();
  }
}

/** All hosts have as many connections of ours as they may: no failure, and `wake` is called when one ends. */
const BUSY_HOSTS: Fate = ownFate('deferred', '4.4.5', 'All mail hosts are busy with our other connections');

const all = <T>(fifo: Fifo<T>): T[] => fifo.extract(() => true);
