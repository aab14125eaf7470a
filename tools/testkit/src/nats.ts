import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { natsServer } from './binaries.ts';
import { freePorts } from './ports.ts';

/** Where one server of a test lives. */
export interface BrokerPlace {
  readonly name: string;
  readonly dir: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly clusterPort: number;
}

interface Node extends BrokerPlace {
  readonly config: string;
  process: ChildProcess | null;
}

/** A real nats-server, or three, on loopback, in a folder of their own. */
export class TestBroker {
  readonly dir: string;
  readonly #nodes: Node[];

  readonly #caFile: string | undefined;

  private constructor(dir: string, nodes: Node[], caFile: string | undefined) {
    this.dir = dir;
    this.#nodes = nodes;
    this.#caFile = caFile;
  }

  /**
   * `render` writes the configuration of one server; `routes` are the cluster addresses of all. `caFile`: their monitoring is https,
   * with certificates of this authority (PEM).
   */
  static async start(
    servers: 1 | 3,
    render: (place: BrokerPlace, routes: readonly string[]) => string,
    caFile?: string,
  ): Promise<TestBroker> {
    const dir = mkdtempSync(join(tmpdir(), 'postroad-nats-'));
    const ports = await freePorts(servers * 3);
    const routes = Array.from({ length: servers }, (_, i) => `nats://127.0.0.1:${ports[i * 3 + 2]}`);
    const nodes = routes.map((_, i): Node => {
      const name = `n${i + 1}`;
      const [port = 0, monitorPort = 0, clusterPort = 0] = ports.slice(i * 3);
      const place = { name, dir: join(dir, name), port, monitorPort, clusterPort };
      mkdirSync(place.dir);
      const config = join(place.dir, 'nats.conf');
      writeFileSync(config, render(place, routes));
      return { ...place, config, process: null };
    });
    const broker = new TestBroker(dir, nodes, caFile);
    nodes.forEach((_, i) => broker.launch(i));
    await broker.ready();
    return broker;
  }

  get size(): number {
    return this.#nodes.length;
  }
  get servers(): string[] {
    return this.#nodes.map((node) => `127.0.0.1:${node.port}`);
  }
  get monitors(): string[] {
    const scheme = this.#caFile === undefined ? 'http' : 'https';
    return this.#nodes.map((node) => `${scheme}://127.0.0.1:${node.monitorPort}`);
  }
  pid(i: number): number | undefined {
    return this.#nodes[i]?.process?.pid;
  }

  /** Changes the configuration of server `i`; it counts from its next start. */
  reconfigure(i: number, edit: (text: string) => string): void {
    const path = this.#nodes[i]?.config ?? '';
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
  }

  /** Starts server `i` on its old ports and data (after a kill). */
  launch(i: number): void {
    const node = this.#nodes[i];
    if (node === undefined) throw new RangeError(`there is no server ${i}`);
    const log = openSync(join(node.dir, 'log'), 'a');
    node.process = spawn(natsServer(), ['-c', node.config], { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /** Resolves when every running server answers its health check and (in a cluster) the meta group has a leader. */
  async ready(timeoutMs = 30_000): Promise<void> {
    const until = Date.now() + timeoutMs;
    for (const node of this.#nodes) {
      if (node.process === null) continue;
      for (;;) {
        if (await healthy(node.monitorPort, this.#caFile)) break;
        if (Date.now() > until)
          throw new Error(
            `nats-server ${node.name} did not come up:\n${readFileSync(join(node.dir, 'log'), 'utf8').slice(-2_000)}`,
          );
        await sleep(50);
      }
    }
  }

  /** SIGKILL (or another signal) to server `i`; resolves when it is gone (at once for SIGSTOP and SIGCONT). */
  async kill(i: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#nodes[i]?.process;
    if (child == null) return;
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') {
      child.kill(signal);
      return;
    }
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
    const node = this.#nodes[i];
    if (node !== undefined) node.process = null;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((_, i) => this.kill(i)));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function healthy(port: number, caFile: string | undefined): Promise<boolean> {
  const options = { host: '127.0.0.1', port, path: '/healthz', agent: false, timeout: 2_000 } as const;
  return new Promise((resolve) => {
    const asked = caFile === undefined ? getHttp(options) : getHttps({ ...options, ca: readFileSync(caFile) });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy()).on('error', () => resolve(false));
  });
}
