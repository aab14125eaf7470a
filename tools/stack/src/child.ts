import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ChildOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  /** Answers 200 when the process can do its work. */
  readonly readyUrl: string;
  /** Told when it ended without being asked to, before it is started again. */
  readonly onCrash?: (name: string, code: number | null) => void;
}

/** One process of the stack: started again when it dies, until it is told to stop. */
export class Child {
  readonly options: ChildOptions;
  #process: ChildProcess | null = null;
  #wanted = false;
  #failures = 0;
  #crashing = false;

  constructor(options: ChildOptions) {
    this.options = options;
  }

  get name(): string {
    return this.options.name;
  }
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    this.#wanted = true;
    const { command, env, log } = this.options;
    const out = openSync(log, 'a', 0o600);
    const [program = '', ...args] = command;
    const startedAt = Date.now();
    // A group of its own: Ctrl-C must reach the stack alone, which ends its processes in order.
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', out, out],
      detached: true,
    });
    closeSync(out);
    this.#process = child;
    child.on('error', () => undefined);
    child.on('exit', (code) => {
      this.#process = null;
      if (!this.#wanted) return;
      // One that was killed on purpose is not one that fails.
      this.#failures = this.#crashing || Date.now() - startedAt > 10_000 ? 0 : this.#failures + 1;
      this.#crashing = false;
      this.options.onCrash?.(this.name, code);
      setTimeout(
        () => this.#wanted && this.#process === null && this.start(),
        Math.min(100 * 2 ** this.#failures, 5_000),
      );
    });
  }

  /** Resolves when it is ready. @throws with the end of its log when it is not in time */
  async ready(timeoutMs = 30_000): Promise<void> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const ok = await fetch(this.options.readyUrl, { signal: AbortSignal.timeout(2_000) }).then(
        (response) => response.ok,
        () => false,
      );
      // Another program may answer on a port that this one could not open: it must still be alive a moment later.
      if (ok) {
        const pid = this.pid;
        await sleep(50);
        if (pid !== undefined && this.pid === pid) return;
      }
      // Something that fails at once again and again will not become ready.
      if (Date.now() > until || this.#failures > 3)
        throw new Error(`${this.name} did not become ready:\n${this.logTail()}`);
      await sleep(50);
    }
  }

  /** The end of its log; of a nats-server that says why it ends, that alone. */
  logTail(): string {
    const tail = readFileSync(this.options.log, 'utf8').slice(-2_000);
    return tail.split('\n').findLast((line) => line.includes('[FTL]')) ?? tail;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** SIGTERM, then SIGKILL when it takes longer than it may. */
  async stop(graceMs = 35_000): Promise<void> {
    this.#wanted = false;
    const child = this.#process;
    if (child === null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(timer);
  }

  /** SIGKILL, as a crash: it is started again by itself. Resolves when the old process is gone. */
  async crash(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    this.#crashing = true;
    child.kill('SIGKILL');
    await gone;
  }
}
