import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How an agent ended. */
export interface AgentEnd {
  readonly code: number | null;
  /** From SIGTERM to the end. */
  readonly ms: number;
}

/** One agent in a process of its own, as a container runs it; on loopback, with settings from its environment alone. */
export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #healthPort: number;
  #said = '';

  private constructor(child: ChildProcess, healthPort: number) {
    this.#child = child;
    this.#healthPort = healthPort;
    this.#exit = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => (this.#said = (this.#said + data.toString()).slice(-20_000)));
  }

  /** Starts `main` (path of a main.ts) and waits until it is ready. `settings`: names without `POSTROAD_`. */
  static async start(
    main: string,
    settings: Readonly<Record<string, string>>,
    args: readonly string[] = [],
  ): Promise<AgentProcess> {
    const [healthPort = 0] = await freePorts(1);
    const own = Object.entries({ ...settings, HEALTH_PORT: `${healthPort}` });
    const child = spawn(process.execPath, [main, ...args], {
      env: {
        PATH: process.env['PATH'],
        // Where the Node of a bare machine finds its libraries (tools/stack/bootstrap/node.mjs).
        ...(process.env['LD_LIBRARY_PATH'] === undefined ? {} : { LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] }),
        ...Object.fromEntries(own.map(([name, value]) => [`POSTROAD_${name}`, value])),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const agent = new AgentProcess(child, healthPort);
    try {
      await agent.until('/readyz', 200, 30_000);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return agent;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has said, the latest 20,000 characters. */
  get said(): string {
    return this.#said;
  }

  /** Answer of `/readyz`, `/livez` or `/metrics`; status 0 when there is none. */
  async ask(path: string): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#healthPort}${path}`, {
        signal: AbortSignal.timeout(5_000),
      });
      return { status: response.status, text: (await response.text()).trim() };
    } catch (error) {
      return { status: 0, text: String(error) };
    }
  }

  /** Waits until `path` answers with `status`; gives its text. */
  async until(path: string, status: number, ms = 10_000): Promise<string> {
    const end = Date.now() + ms;
    for (;;) {
      const answer = await this.ask(path);
      if (answer.status === status) return answer.text;
      if (Date.now() > end || this.#child.exitCode !== null)
        throw new Error(`${path} is ${answer.status} ${answer.text}, not ${status}:\n${this.#said}`);
      await sleep(20);
    }
  }

  /** Sends SIGTERM; resolves when the process is gone. */
  async end(): Promise<AgentEnd> {
    const since = performance.now();
    this.#child.kill('SIGTERM');
    await this.#exit;
    return { code: this.#child.exitCode, ms: performance.now() - since };
  }

  /** For the end of a test: nothing stays. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.#exit;
  }
}

/** Ports on loopback that nobody used a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
