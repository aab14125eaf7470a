import {
  type Bus,
  Conflict,
  CONSUMERS,
  createQueueRecord,
  encodeRecord,
  type JsMsg,
  plainAddress,
  subjects,
  UnknownVersion,
} from '@postroad/bus';
import type { DirectoryReader } from '@postroad/directory';
import { decodeHead, type Spool, SpoolCorrupt, type SpoolHead, spoolMessage, spoolNotification } from '@postroad/spool';
import { type Logger, type MailEvent, type Metrics, METRICS, type Tracing } from '@postroad/telemetry';
import { Offers } from '../offers/offers.ts';
import { type Expansion, expandRecipients, type SettledRecipient } from './expand.ts';
import { planRoutes } from './plan.ts';
import { PoolChooser } from './pools.ts';
import { withoutRepeats } from './repeats.ts';

/** The durable consumer of heads; the finisher reads its ack floor. */
export const ROUTER_CONSUMER = CONSUMERS.router.durable;

export interface RouterDeps {
  readonly bus: Bus;
  readonly spool: Spool;
  readonly directory: DirectoryReader;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly events: (event: Omit<MailEvent, 'at'>) => void;
  readonly metrics: Metrics;
}

export interface RouterConfig {
  /** Our name in notifications. */
  readonly hostname: string;
  /** ms a message is tried before it goes back (RFC 5321 §4.5.4.1 wants at least four days). */
  readonly lifetimeMs: number;
  /** Source pools that have relays, beside `default`. Default none. */
  readonly pools?: readonly string[];
  /** Heads routed at once. Default 128. */
  readonly concurrency?: number;
}

/**
 * The router: for every head in the spool it writes what is to be done (DELIVER, QUEUE, notifications), waits until the
 * broker has all of it, and only then acks the head (DESIGN §3.3). A head routed twice changes nothing.
 */
export async function startRouter(
  deps: RouterDeps,
  config: RouterConfig,
): Promise<{ drain(ms?: number): Promise<void> }> {
  const pools = new PoolChooser(deps, config.pools ?? []);
  const offers = Offers.listen(deps.bus);
  const consumption = await deps.bus.consume({
    stream: 'SPOOL',
    durable: ROUTER_CONSUMER,
    filter: 'spool.*.head',
    concurrency: config.concurrency ?? 128,
    inFlight: (config.concurrency ?? 128) * 2,
    handler: async ([item]) => {
      if (item !== undefined) await routeItem({ ...deps, pools, offers }, config, item);
    },
    onError: (error) => {
      deps.logger.error({ err: error }, 'routing failed; the head is tried again');
      deps.metrics.count(METRICS.routeErrors, {});
    },
  });
  return { drain: (ms) => consumption.drain(ms) };
}

interface Routing extends RouterDeps {
  readonly pools: PoolChooser;
  readonly offers: Offers;
}

async function routeItem(deps: Routing, config: RouterConfig, item: JsMsg): Promise<void> {
  let head: SpoolHead;
  try {
    ({ head } = decodeHead(item.data));
  } catch (error) {
    if (!(error instanceof UnknownVersion) && !(error instanceof SpoolCorrupt)) throw error;
    // Neither dropped nor acked: it comes again, perhaps to a newer agent, and somebody must look (DESIGN §4).
    deps.logger.error({ err: error, subject: item.subject }, 'a head that cannot be read is held');
    deps.metrics.count(METRICS.headsUnreadable, {});
    return;
  }
  const span = deps.tracing.span('mta.route', {
    parent: head.traceparent,
    attributes: { 'postroad.queue_id': head.queueId },
  });
  try {
    await routeHead(deps, config, item, head, span.traceparent);
    item.ack();
    span.end();
  } catch (error) {
    span.end(error);
    throw error;
  }
}

async function routeHead(
  deps: Routing,
  config: RouterConfig,
  item: JsMsg,
  head: SpoolHead,
  traceparent: string,
): Promise<void> {
  const expansion = await expandRecipients(head.envelope, deps.directory);
  const remote = await deps.pools.choose(head, expansion.remote);
  const plan = planRoutes(head, { local: expansion.local, remote }, traceparent, config.lifetimeMs);
  const queue = await withoutRepeats(deps.bus, head, item.info.deliveryCount, plan.queue);
  const tell = async (outcome: 'failed' | 'expanded', recipients: readonly SettledRecipient[]): Promise<void> => {
    if (recipients.length === 0) return;
    const notification = await spoolNotification(deps.spool, spoolMessage(deps.bus, item.data), {
      hostname: config.hostname,
      outcome,
      recipients: recipients.map((r) => ({ ...r, finalRecipient: r.forwardPath, status: r.settled })),
      traceparent,
    });
    if (notification !== null)
      deps.events({ agent: 'mta', step: 'notified', queueId: head.queueId, detail: `${outcome}, as ${notification}` });
  };
  if (queue.length > 0) deps.spool.remember?.(head.queueId, item.data);
  await Promise.all([
    ...plan.deliver.map(({ part, record }) =>
      createDeliver(deps.bus, subjects.deliver(head.queueId, part), encodeRecord(record)),
    ),
    ...queue.map((record) => createQueueRecord(deps.bus, deps.offers.grant(record))),
    tell('failed', expansion.refused),
    tell('expanded', expansion.expanded),
  ]);
  report(deps, head, expansion);
}

/** Creates the work item once; one that stands there, or was done already, is as good. */
async function createDeliver(bus: Bus, subject: string, data: Buffer): Promise<void> {
  try {
    await bus.publish('DELIVER', subject, data, { msgId: subject, expect: 0 });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}

function report(deps: RouterDeps, head: SpoolHead, { local, remote, refused }: Expansion): void {
  const names = (list: readonly { forwardPath: { localPart: string; domain: string } }[]) =>
    list.map((r) => plainAddress(r.forwardPath));
  const base = { agent: 'mta', queueId: head.queueId } as const;
  deps.events({
    ...base,
    step: 'routed',
    recipients: names([...local, ...remote.map(({ recipient }) => recipient)]),
    detail: `${local.length} local, ${remote.length} remote, ${refused.length} refused`,
    ...(head.traceparent === undefined ? {} : { traceparent: head.traceparent }),
  });
  for (const recipient of refused)
    deps.events({
      ...base,
      step: 'failed',
      recipients: names([recipient]),
      status: recipient.settled.status,
      detail: recipient.settled.diagnostic,
    });
  deps.metrics.count(METRICS.headsRouted, {});
  for (const [kind, { length }] of Object.entries({ local, remote, refused }))
    if (length > 0) deps.metrics.count(METRICS.routed, { kind }, length);
  deps.metrics.observe(METRICS.routeSeconds, {}, Math.max(Date.now() - Date.parse(head.receivedAt), 0) / 1_000);
}
