import { randomBytes } from 'node:crypto';
import {
  type Bus,
  createQueueRecord,
  plainAddress,
  queueRecordsOf,
  type QueueRecord,
  type RecordRecipient,
  shardOf,
  type StoredRecord,
} from '@postroad/bus';
import type { Envelope, QueueId } from '@postroad/mail';
import { parseAddress } from '@postroad/smtp';
import { openSpool, type Spool, type SpoolMessage } from '@postroad/spool';
import { type MailEvent, Metrics, Tracing } from '@postroad/telemetry';
import { connectBus, provision, quiet, TestBroker } from '@postroad/bus/testing';
import { eventually } from '@postroad/testkit';
import { type Relay, startRelay } from '../role.ts';
import type { RelayConfig } from '../settings.ts';

const address = (text: string) => {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
};

export interface Seed {
  readonly to: readonly (string | RecordRecipient)[];
  readonly from?: string | null;
  readonly content?: Uint8Array;
  readonly prefix?: string;
  readonly headPrefix?: string;
  readonly envelope?: Partial<Envelope>;
  readonly record?: Partial<QueueRecord>;
  /** As the router makes it for who offers. */
  readonly grant?: (record: QueueRecord) => QueueRecord;
  /** Who writes it. Default: the mta. */
  readonly create?: (record: QueueRecord) => Promise<StoredRecord>;
  /** Epoch of a claim that nobody here wrote. */
  readonly epoch?: (shard: number) => Promise<number>;
}

/** As those of `relay-process.ts`. */
export const SHORT_LEASES = { leaseTtl: 1_000 };

/** A broker with everything a relay needs, and what the relay said of its doings. */
export class World {
  readonly events: Omit<MailEvent, 'at'>[] = [];
  readonly metrics = new Metrics();
  readonly tracing = new Tracing({ service: 'test' });
  readonly broker: TestBroker;
  readonly ops: Bus;
  readonly bus: Bus;
  readonly spool: Spool & { close(): void };
  readonly #relays: Relay[] = [];

  private constructor(broker: TestBroker, ops: Bus, bus: Bus, spool: Spool & { close(): void }) {
    this.broker = broker;
    this.ops = ops;
    this.bus = bus;
    this.spool = spool;
  }

  static async open(servers: 1 | 3 = 1): Promise<World> {
    const broker = await TestBroker.start({ servers });
    const ops = await provision(broker);
    const bus = await connectBus(broker, 'mta');
    return new World(broker, ops, bus, await openSpool(bus));
  }

  /**
   * Its leases last as long as in production: with short ones a process that stands still for a moment loses its shards and sends
   * again what it had under way. Only who waits for the leases of a killed one says {@link SHORT_LEASES}.
   */
  async relay(config: Partial<RelayConfig> = {}): Promise<Relay> {
    const relay = await startRelay(
      {
        bus: this.bus,
        spool: this.spool,
        logger: quiet,
        events: (event) => void this.events.push(event),
        tracing: this.tracing,
        metrics: this.metrics,
      },
      { hostname: 'relay.postroad.test', ...config },
    );
    this.#relays.push(relay);
    return relay;
  }

  /** Stops every relay; records stay. */
  async rest(): Promise<void> {
    await Promise.all(this.#relays.splice(0).map((relay) => relay.drain()));
    this.events.length = 0;
  }

  async close(): Promise<void> {
    await this.rest();
    this.spool.close();
    await this.bus.close();
    await this.ops.close();
    await this.broker.stop();
  }

  /** A message in the spool with one queue record, as the router leaves them. */
  async seed(seed: Seed): Promise<StoredRecord> {
    const recipients = seed.to.map((to): RecordRecipient =>
      typeof to === 'string' ? { forwardPath: address(to) } : to,
    );
    const reversePath = seed.from === null ? null : address(seed.from ?? 'sender@postroad.test');
    const write = this.spool.open();
    await write.write(seed.content ?? Buffer.from(`Subject: hello\r\n\r\n${randomBytes(8).toString('hex')}\r\n`));
    const head = await write.commit({
      envelope: { ...seed.envelope, reversePath, recipients },
      origin: { kind: 'submission' },
      prefix: seed.headPrefix ?? '',
    });
    const made = record(head.queueId, recipients, reversePath, seed);
    const { grant = (same: QueueRecord) => same, epoch } = seed;
    const create = seed.create ?? ((finished: QueueRecord) => createQueueRecord(this.bus, finished));
    const claim =
      epoch === undefined ? {} : { claim: { epoch: await epoch(shardOf(head.queueId)), since: Date.now() } };
    return create(grant({ ...made, ...claim }));
  }

  /** Attempts that may have been made twice, as /metrics counts them. */
  async interrupted(): Promise<number> {
    const found = /^postroad_relay_interrupted\S* (\d+)$/m.exec(await this.metrics.render());
    return Number(found?.[1] ?? 0);
  }

  async stateOf({ record: { queueId } }: StoredRecord): Promise<QueueRecord> {
    const [found] = await queueRecordsOf(this.bus, queueId);
    if (found === undefined) throw new Error('no such record');
    return found.record;
  }

  /** Waits until the record is in the state; fails with what it is instead. */
  async until(stored: StoredRecord, state: QueueRecord['state'], ms?: number): Promise<QueueRecord> {
    return eventually(async () => {
      const now = await this.stateOf(stored);
      return now.state === state ? now : `the record is ${now.state}: ${JSON.stringify(now.lastStatus)}`;
    }, ms);
  }

  /** Notifications made from a message. */
  async notifications(queueId: QueueId): Promise<{ readonly head: SpoolMessage['head']; readonly text: string }[]> {
    const info = await this.ops.jsm.streams.info('SPOOL', { subjects_filter: 'spool.*.head' });
    const found: { head: SpoolMessage['head']; text: string }[] = [];
    for (const subject of Object.keys(info.state.subjects ?? {})) {
      const message = await this.spool.read(subject.split('.')[1] as QueueId);
      if (message?.head.origin.parent === queueId)
        found.push({ head: message.head, text: Buffer.from(message.inline ?? []).toString() });
    }
    return found;
  }
}

function record(
  queueId: QueueId,
  recipients: readonly RecordRecipient[],
  reversePath: QueueRecord['reversePath'],
  seed: Seed,
): QueueRecord {
  const now = Date.now();
  return {
    ...{ v: 1, queueId, transport: 'smtp', part: '0', reversePath, recipients, state: 'ready', attempts: 0 },
    ...{ domain: recipients[0]?.forwardPath.domain ?? '', prefix: seed.prefix ?? '' },
    covers: recipients.map((r) => plainAddress(r.forwardPath)),
    ...{ dueAt: now, createdAt: now, expiresAt: now + 5 * 86_400_000 },
    ...seed.record,
  };
}
