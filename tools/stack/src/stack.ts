import { type Bus, openQueueRecords, type StreamLimits } from '@postroad/bus';
import { type AgentName, agentChild, ALL_AGENTS } from './agents.ts';
import { type BrokerSettings, brokers, openAdminBus } from './brokers.ts';
import { type CertificatePaths, ensureCertificate } from './certificates.ts';
import type { Child } from './child.ts';
import { Home } from './home.ts';
import { HomeLock } from './home-lock.ts';
import { endOrphans } from './orphans.ts';
import { type Ports, portsAt } from './ports.ts';

export interface StackOptions {
  readonly home: string;
  readonly portOffset?: number;
  readonly brokers?: Partial<BrokerSettings>;
  readonly agents?: readonly AgentName[];
  /** How many mda processes; more than one needs a store that can be shared (POSTROAD_MDA_STORE=postgres). Default 1. */
  readonly mdas?: number;
  /** `relaxed` must be said in so many words; it goes with lazy brokers. */
  readonly durability?: 'synced' | 'relaxed';
  readonly limits?: Partial<StreamLimits>;
  /** Default: the one of the last start, at first `postroad.test`. */
  readonly domain?: string;
  /** Further settings for all agents, by environment variable. */
  readonly env?: Readonly<Record<string, string>>;
  readonly wrapper?: Partial<Record<AgentName, readonly string[]>>;
  /** One line for each step of the start, and for each crash. */
  readonly say?: (line: string) => void;
}

/** A whole Postroad on this machine: brokers and agents, each a process of its own. */
export class Stack {
  readonly home: Home;
  readonly ports: Ports;
  readonly certificate: CertificatePaths;
  readonly brokers: readonly Child[];
  readonly agents: readonly Child[];
  readonly bus: Bus;
  readonly domain: string;
  readonly #lock: HomeLock;

  private constructor(
    parts: Pick<Stack, 'home' | 'ports' | 'certificate' | 'brokers' | 'agents' | 'bus' | 'domain'>,
    lock: HomeLock,
  ) {
    this.#lock = lock;
    this.home = parts.home;
    this.ports = parts.ports;
    this.certificate = parts.certificate;
    this.brokers = parts.brokers;
    this.agents = parts.agents;
    this.bus = parts.bus;
    this.domain = parts.domain;
  }

  static async start(options: StackOptions): Promise<Stack> {
    const home = new Home(options.home);
    const lock = HomeLock.take(home);
    try {
      return await Stack.#startIn(home, lock, options);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  static async #startIn(home: Home, lock: HomeLock, options: StackOptions): Promise<Stack> {
    const { portOffset = 10_000, agents: names = ALL_AGENTS, durability = 'synced', say = () => {} } = options;
    const domain = options.domain ?? home.lastDomain() ?? 'postroad.test';
    for (const name of await endOrphans(home)) say(`${name} was left running by a start that was killed; it has ended`);
    const ports = portsAt(portOffset);
    const broker: BrokerSettings = { count: 1, sync: 'always', ...options.brokers };
    const onCrash = (name: string, code: number | null) =>
      say(`${name} ended (${code ?? 'signal'}) and is started again; its log is in ${home.path('logs')}`);
    const certificate = await ensureCertificate(home, domain);
    const servers = brokers(home, ports, broker, onCrash);
    const started: Child[] = [];
    try {
      for (const server of servers) server.start();
      started.push(...servers);
      await Promise.all(servers.map((server) => server.ready()));
      say(
        `nats-server is ready (${broker.count === 1 ? 'one server' : `${broker.count} servers`}, sync ${broker.sync})`,
      );
      const bus = await openAdminBus(home, ports, broker.count, options.limits ?? {}, durability);
      const settings = {
        hostname: `mail.${domain}`,
        domain,
        brokers: broker.count,
        durability,
        certificate,
        env: options.env ?? {},
        ...(options.wrapper === undefined ? {} : { wrapper: options.wrapper }),
      };
      const copies = (name: AgentName) => (name === 'mda' ? (options.mdas ?? 1) : 1);
      const agents = names.flatMap((name) =>
        Array.from({ length: copies(name) }, (_, i) => agentChild(name, home, ports, settings, onCrash, i)),
      );
      for (const agent of agents) agent.start();
      started.push(...agents);
      await Promise.all(agents.map((agent) => agent.ready()));
      say(`${names.join(', ')} are ready`);
      const stack = new Stack({ home, ports, certificate, brokers: servers, agents, bus, domain }, lock);
      stack.#describe();
      return stack;
    } catch (error) {
      await Promise.all(started.map((child) => child.stop(2_000)));
      throw error;
    }
  }

  /** What is still on its way: messages in the spool, deliveries, queue records that are not final. All 0: nothing is. */
  async underWay(): Promise<{ readonly spool: number; readonly deliver: number; readonly queue: number }> {
    const messages = async (stream: string) => (await this.bus.jsm.streams.info(stream)).state.messages;
    return {
      spool: await messages('SPOOL'),
      deliver: await messages('DELIVER'),
      queue: await openQueueRecords(this.bus),
    };
  }

  child(name: string): Child {
    const found = [...this.agents, ...this.brokers].find((each) => each.name === name);
    if (found === undefined) throw new Error(`this stack has no ${name}`);
    return found;
  }

  /** Writes stack.json: every address and process (DESIGN §5). */
  #describe(): void {
    const { ports } = this;
    const at = (port: number) => `127.0.0.1:${port}`;
    this.home.writeJson('stack.json', {
      domain: this.domain,
      addresses: {
        mx: at(ports.mx),
        submission: at(ports.submission),
        submissions: at(ports.submissions),
        lmtp: at(ports.mda(0).lmtp),
        imap: at(ports.imap),
        imaps: at(ports.imaps),
        webmail: `http://${at(ports.webmail)}`,
        ops: `http://${at(ports.ops)}`,
        otlp: `http://${at(ports.otlp)}`,
        nats: this.brokers.map((_, i) => at(ports.nats(i)[0])),
        natsMonitors: this.brokers.map((_, i) => `http://${at(ports.nats(i)[1])}`),
        health: Object.fromEntries(Object.entries(ports.health).map(([name, port]) => [name, `http://${at(port)}`])),
      },
      certificate: this.certificate.cert,
      tokenFile: this.home.path('ops-token'),
      processes: Object.fromEntries([...this.brokers, ...this.agents].map((child) => [child.name, child.pid])),
      pid: process.pid,
    });
  }

  /** Doors first, then what works behind them, then the broker. */
  async stop(): Promise<void> {
    const rank = (name: string) => ['mua', 'msa', 'mta', 'mda', 'ops'].indexOf(name);
    const kind = (name: string) => name.replace(/-\d+$/, '');
    for (const agent of [...this.agents].sort((a, b) => rank(kind(a.name)) - rank(kind(b.name)))) await agent.stop();
    await this.bus.close();
    await Promise.all(this.brokers.map((broker) => broker.stop(10_000)));
    this.#lock.release();
  }
}
