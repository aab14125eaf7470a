import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { Ports } from './ports.ts';
import { ROLE_NAMES, type RoleName, ROLES } from './roles.ts';
import { becomesReady, type Ended, type Runner, type Running } from './running.ts';
import { Service } from './service.ts';
import { type ClusterFacts, MOUNTS, settingsOf, TOKEN_FILE } from './settings.ts';
import { type Sink, startSink } from './sink.ts';
import { startStores, type Stores } from './stores.ts';

export interface ClusterOptions {
  readonly runner: Runner;
  /** The image of each role; plain processes have none. */
  readonly images: Readonly<Record<RoleName, string>>;
  readonly brokers: 1 | 3;
  /** First port that may be used; all stay below 32768. */
  readonly portOffset: number;
  readonly say: (line: string) => void;
}

/** One running instance of a role. */
export interface Instance {
  readonly role: RoleName;
  readonly image: string;
  readonly container: Running;
  /** Its own ports by door; clients use those of the services. */
  readonly ports: Readonly<Record<string, number>>;
  /** From `podman run` to the first 200 of /readyz. */
  readonly readySeconds: number;
}

const OWNER = 10_001;
const DOMAIN = 'cluster.test';
const ELSEWHERE = 'elsewhere.test';
const NAMES = ['localhost', `mail.${DOMAIN}`];

/** Every agent role as containers of its own, over real stores: a small cluster on this machine's loopback. */
export class Cluster implements AsyncDisposable {
  readonly domain = DOMAIN;
  /** A domain whose mail is relayed to {@link sink}. */
  readonly elsewhere = ELSEWHERE;
  readonly certificate: string;
  readonly stores: Stores;
  readonly sink: Sink;
  readonly #options: ClusterOptions;
  readonly #dir: string;
  readonly #ports: Ports;
  readonly #services: Readonly<Record<RoleName, Readonly<Record<string, Service>>>>;
  readonly #facts: ClusterFacts;
  readonly #owned: AsyncDisposableStack;
  #instances: readonly Instance[] = [];
  #started = 0;

  private constructor(
    options: ClusterOptions,
    parts: Pick<Cluster, 'certificate' | 'stores' | 'sink'> & {
      readonly dir: string;
      readonly ports: Ports;
      readonly services: Readonly<Record<RoleName, Readonly<Record<string, Service>>>>;
    },
    owned: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.certificate = parts.certificate;
    this.stores = parts.stores;
    this.sink = parts.sink;
    this.#dir = parts.dir;
    this.#ports = parts.ports;
    this.#services = parts.services;
    this.#owned = owned;
    const portsOf = (role: RoleName) => mapValues(parts.services[role], ({ port }) => port);
    const doors = Object.fromEntries(ROLE_NAMES.map((role) => [role, portsOf(role)])) as ClusterFacts['doors'];
    this.#facts = {
      ...{ domain: DOMAIN, elsewhere: ELSEWHERE, doors },
      ...{ sinkPort: parts.sink.port, stores: parts.stores },
    };
  }

  /** Resolves when every role is ready. @throws when one is not; then nothing is left running */
  static async start(options: ClusterOptions): Promise<Cluster> {
    await using owned = new AsyncDisposableStack();
    const dir = mkdtempSync(join(tmpdir(), 'postroad-cluster-'));
    owned.defer(() => rmSync(dir, { recursive: true, force: true }));
    const stores = owned.use(await startStores(options.brokers));
    options.say(`stores are ready: ${options.brokers} × nats-server, PostgreSQL, S3`);
    const sink = owned.use(await startSink());
    for (const name of ['certs', 'ops']) mkdirSync(join(dir, name));
    const certificate = await makeCertificate(join(dir, 'certs'), NAMES);
    for (const name of ['certs', 'ops']) giveAway(join(dir, name));
    chmodSync(dir, 0o755);
    const ports = new Ports(options.portOffset);
    const services = await openServices(ports, owned);
    const cluster = new Cluster(options, { certificate, stores, sink, dir, ports, services }, owned.move());
    try {
      for (const role of ROLE_NAMES) {
        const image = options.images[role];
        const copies = Array.from({ length: ROLES[role].copies }, () => cluster.#launch(role, image));
        await Promise.all(copies);
        options.say(`${role} is ready`);
      }
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get instances(): readonly Instance[] {
    return this.#instances;
  }

  /** Port of a role's service: what clients connect to. @throws when there is no such door */
  door(role: RoleName, name: string): number {
    const port = this.#facts.doors[role][name];
    if (port === undefined) throw new Error(`${role} has no door ${name}`);
    return port;
  }

  /**
   * Replaces the containers of a role one after another, as a Deployment with no unavailable replica does: the new one is ready before
   * the old one gets no more connections and is told to end. (A role that may not run twice ends first.) @throws when one is not ready
   */
  async replace(role: RoleName, image: string): Promise<Ended[]> {
    const ended: Ended[] = [];
    for (const old of this.#instances.filter((each) => each.role === role)) {
      if (ROLES[role].together) await this.#launch(role, image);
      ended.push(await this.#retire(old));
      if (!ROLES[role].together) await this.#launch(role, image);
    }
    return ended;
  }

  /** Replaces the certificate and key of every door by new ones, as files. Resolves to the certificate. */
  renewCertificate(): Promise<string> {
    return makeCertificate(join(this.#dir, 'certs'), NAMES);
  }

  /** Runs a command line of the administrator (`postroad …`) in a container of `image`. @throws with its words when it fails */
  postroad(image: string, args: readonly string[], input = ''): Promise<string> {
    const server = ['--server', `http://127.0.0.1:${this.door('ops', 'http')}`, '--token-file', TOKEN_FILE];
    const volumes = [{ from: join(this.#dir, 'ops'), to: MOUNTS.ops }];
    return this.#options.runner.once({ name: 'cli', image, args: [...server, ...args], env: {}, volumes }, input);
  }

  /** Ends every container by SIGTERM, doors first; the stores stay until the cluster is disposed of. */
  async stop(): Promise<Ended[]> {
    const ended: Ended[] = [];
    for (const role of [...ROLE_NAMES].reverse())
      ended.push(
        ...(await Promise.all(this.#instances.filter((each) => each.role === role).map((each) => this.#retire(each)))),
      );
    return ended;
  }

  /** Away with everything, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#instances.map(({ container }) => container.remove()));
    this.#instances = [];
    await this.#owned.disposeAsync();
  }

  async #launch(role: RoleName, image: string): Promise<void> {
    const { agent, role: only, doors } = ROLES[role];
    const ports: Record<string, number> = {};
    for (const door of ['health', ...Object.keys(doors)]) ports[door] = await this.#ports.take();
    const name = `${role.replace('/', '-')}-${++this.#started}`;
    const certs = { from: join(this.#dir, 'certs'), to: MOUNTS.certs };
    const store = { from: join(this.#dir, 'ops'), to: MOUNTS.ops, writable: true };
    const spec = {
      ...{ name, image },
      args: [agent, ...(only === undefined ? [] : ['--role', only])],
      env: settingsOf(role, name, ports, this.#facts),
      volumes: role === 'ops' ? [certs, store] : [certs],
    };
    const began = performance.now();
    const container = await this.#options.runner.start(spec, this.#dir);
    const instance = { role, image, container, ports, readySeconds: 0 };
    this.#instances = [...this.#instances, instance];
    await becomesReady(container, `http://127.0.0.1:${ports['health']}/readyz`);
    const ready = { ...instance, readySeconds: (performance.now() - began) / 1_000 };
    this.#instances = this.#instances.map((each) => (each === instance ? ready : each));
    for (const [door, service] of Object.entries(this.#services[role])) service.add(ports[door] ?? 0);
  }

  async #retire(instance: Instance): Promise<Ended> {
    const { role, ports, container } = instance;
    for (const [door, service] of Object.entries(this.#services[role])) service.remove(ports[door] ?? 0);
    const ended = await container.stop();
    this.#instances = this.#instances.filter((each) => each !== instance);
    return ended;
  }
}

/** Starts a cluster; see {@link Cluster}. Dispose of it when done (`await using`). */
export const startCluster = (options: ClusterOptions): Promise<Cluster> => Cluster.start(options);

async function openServices(ports: Ports, owned: AsyncDisposableStack) {
  const services = {} as Record<RoleName, Record<string, Service>>;
  for (const role of ROLE_NAMES) {
    services[role] = {};
    for (const door of ['health', ...Object.keys(ROLES[role].doors)]) {
      const service = await Service.listen(await ports.take());
      owned.defer(() => service.close());
      services[role][door] = service;
    }
  }
  return services;
}

/** A folder and its files belong to the agents' user from now on. (Who is not root runs the agents as himself.) */
function giveAway(dir: string): void {
  if (process.getuid?.() === 0)
    for (const path of [dir, ...readdirSync(dir).map((name) => join(dir, name))]) chownSync(path, OWNER, OWNER);
  chmodSync(dir, 0o700);
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
