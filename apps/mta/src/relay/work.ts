import { isGranted, plainAddress, queueIdOf } from '@postroad/bus';
import { queueIdTime } from '@postroad/mail';
import { type MailSpan, METRICS } from '@postroad/telemetry';
import { attempt, type AttemptResult } from './attempt.ts';
import { claim, type Claimed, giveBack, loadRecord, returnGrant, settlingTime } from './claim.ts';
import { openSession, type Session } from './connect.ts';
import type { RelayContext } from './context.ts';
import type { DestinationWork } from './destination.ts';
import { Limiter } from './limiter.ts';
import type { Fate } from './reply-status.ts';
import type { Route, RouteFinder } from './resolve-mx.ts';
import { type Entry, isGrant } from './schedule.ts';
import { holdRecord, settle } from './settle.ts';

/** Records put off or failed without an attempt, written at once: more would only crowd out the mail that moves. */
const WRITES_ASIDE = 32;

/** What one process does for all destinations; keeps account of what is under way. */
export class RelayWork {
  readonly #context: RelayContext;
  readonly #routes: RouteFinder;
  readonly #aside = new Limiter(WRITES_ASIDE);
  readonly #underWay = new Map<Claimed, { readonly session: Session; readonly span: MailSpan }>();

  constructor(context: RelayContext, routes: RouteFinder) {
    this.#context = context;
    this.#routes = routes;
  }

  /** The services of one destination. */
  for(domain: string): DestinationWork {
    return {
      route: () => this.#route(domain),
      open: (candidate) => openSession(candidate, this.#context),
      claim: (entry) => this.#claim(entry),
      attempt: (session, claimed) => this.#attempt(session, claimed),
      finish: (claimed, result, session) => void this.#finish(claimed, result, session),
      putOff: (claimed, fate, until) => this.#aside.run(() => this.#putOff(claimed, fate, until)),
      back: (claimed) => void this.back(claimed),
      suspend: (entry, fate, until, probe) => this.#suspend(entry, fate, until, probe),
    };
  }

  async #route(domain: string): Promise<Route> {
    const { deps, settings } = this.#context;
    const route = await this.#routes.find(domain);
    if ('fate' in route) deps.metrics.count(METRICS.relayConnects, { pool: settings.pool, outcome: 'dns' });
    return route;
  }

  /** Cuts what was begun for a shard under an epoch that is over. */
  cut(shard: number, epochNow: number | null): void {
    for (const [claimed, { session }] of this.#underWay)
      if (claimed.entry.shard === shard && claimed.epoch !== epochNow)
        session.client.abandon(new Error('The lease of the queue shard ended'));
  }

  /** A claimed record that is not sent after all: as it was before. */
  async back(claimed: Claimed): Promise<void> {
    await giveBack(this.#context, claimed, 0);
  }

  /** An entry that waits and shall not any more: a claim that the router wrote for us is taken back. */
  leave(entry: Entry): void {
    if (isGrant(entry)) this.#aside.run(() => this.#settle(entry, () => returnGrant(this.#context, entry)));
    else this.#context.schedule.leave(entry, null);
  }

  async #claim(entry: Entry): Promise<Claimed | null> {
    try {
      const claimed = await claim(this.#context, entry);
      // The shard may have been given up while the claim was on its way.
      if (claimed !== null && this.#context.shards.epochOf(entry.shard) !== claimed.epoch)
        return (await this.back(claimed), null);
      if (claimed === null || claimed.message !== null) return claimed;
      await holdRecord(this.#context, entry, claimed.stored, claimed.trouble ?? 'its message cannot be read');
    } catch (error) {
      this.#context.deps.logger.error({ err: error, subject: entry.subject }, 'a claim ended unexpectedly');
      this.#context.schedule.postpone(entry, Date.now() + 10_000);
    }
    return null;
  }

  async #attempt(session: Session, claimed: Claimed): Promise<AttemptResult> {
    const { record } = claimed.stored;
    const { deps, shards } = this.#context;
    const lost = (text: string): AttemptResult => ({
      fates: record.recipients.map(() => ({ kind: 'deferred', status: '4.3.2', diagnostic: text })),
      ...{ peerDsn: false, sessionLost: false },
    });
    // The fence: between the claim and MAIL FROM the lease may have ended by our own clock.
    if (claimed.message === null || shards.epochOf(claimed.entry.shard) !== claimed.epoch)
      return lost('The relay gave the queue shard up');
    const first = record.attempts === 1;
    const span = deps.tracing.span('relay.attempt', {
      ...(first ? { parent: record.traceparent } : { link: record.traceparent }),
      attributes: {
        'postroad.queue_id': record.queueId,
        'mail.attempt': record.attempts,
        'server.address': session.candidate.host,
      },
    });
    deps.events({
      ...{
        agent: 'mta',
        step: 'attempted',
        queueId: record.queueId,
        host: session.candidate.host,
        traceparent: span.traceparent,
      },
      recipients: record.recipients.map((r) => plainAddress(r.forwardPath)),
    });
    this.#underWay.set(claimed, { session, span });
    const start = performance.now();
    const result = await attempt(session, record, claimed.message);
    const seconds = (performance.now() - start) / 1_000;
    deps.metrics.observe(METRICS.relayTransaction, { pool: this.#context.settings.pool }, seconds);
    this.#underWay.delete(claimed);
    const bad = result.fates.find((fate) => fate.kind !== 'relayed');
    span.set({ 'mail.recipients': result.fates.length });
    span.end(bad === undefined ? undefined : bad.diagnostic);
    return result;
  }

  async #finish(claimed: Claimed, result: AttemptResult, session: Session): Promise<void> {
    const { entry, stored, message } = claimed;
    const { candidate } = session;
    if (result.unreadable !== undefined) return holdRecord(this.#context, entry, stored, result.unreadable.message);
    await this.#settle(entry, () =>
      settle(this.#context, entry, stored, {
        ...{ fates: result.fates, message, host: `${candidate.host}[${candidate.address}]` },
        context: { counted: true, peerDsn: result.peerDsn, notBefore: 0 },
      }),
    );
  }

  async #putOff(claimed: Claimed, fate: Fate, until: number): Promise<void> {
    const { entry, stored, message } = claimed;
    await this.#settle(entry, () =>
      settle(this.#context, entry, stored, {
        ...{ fates: stored.record.recipients.map(() => fate), message },
        context: { counted: true, peerDsn: false, notBefore: until },
      }),
    );
  }

  /**
   * An entry whose destination cannot be reached (or does not exist). It is written down when that is news: the first time, for the
   * one that was the probe, when
   * the sender is to be told, when its life is over. Otherwise it waits in memory: ten thousand messages for a dead host cost
   * a probe now and then, not ten thousand writes each time.
   */
  #suspend(entry: Entry, fate: Fate, until: number, probe: boolean): void {
    const { schedule, settings } = this.#context;
    const now = Date.now();
    const age = now - queueIdTime(queueIdOf(entry.subject));
    const fresh = entry.state === 'ready' || isGrant(entry);
    const news = probe || fresh || fate.kind === 'failed';
    if (!news && age < Math.min(settings.delayNotice, settings.lifetime)) {
      schedule.postpone(entry, until + Math.random() * Math.min(until - now, 5_000));
      return;
    }
    this.#aside.run(() => this.#writeSuspension(entry, fate, until, probe));
  }

  async #writeSuspension(entry: Entry, fate: Fate, until: number, probe: boolean): Promise<void> {
    const { schedule, shards, settings } = this.#context;
    const from = await loadRecord(this.#context, entry);
    if (from === null) return;
    const epoch = shards.epochOf(entry.shard);
    if (epoch === null) return schedule.postpone(entry, Date.now() + 1_000);
    const { record } = from;
    const granted = isGranted(record) && settlingTime(this.#context, entry, record, epoch) === 0;
    // A claim that was interrupted must first have settled: only an attempt may repeat it.
    if (record.state === 'attempting' && !granted) return schedule.postpone(entry, Date.now() + settings.leaseTtl);
    const now = Date.now();
    const tell = record.delayNotified !== true && now - record.createdAt >= settings.delayNotice;
    const fresh = record.state === 'ready' || granted;
    const news = probe || fresh || fate.kind === 'failed' || tell || now >= record.expiresAt;
    if (!news) return schedule.postpone(entry, Math.min(until, record.expiresAt));
    await this.#settle(entry, () =>
      settle(this.#context, entry, from, {
        ...{ fates: record.recipients.map(() => fate), message: null },
        context: { counted: false, peerDsn: false, notBefore: until },
      }),
    );
  }

  async #settle(entry: Entry, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // What was thrown is ours to repair; the record is read again and the entry goes on.
      this.#context.deps.logger.error({ err: error, subject: entry.subject }, 'an outcome ended unexpectedly');
      this.#context.schedule.unread(entry);
      this.#context.schedule.postpone(entry, Date.now() + 60_000);
    }
  }
}
