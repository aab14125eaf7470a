/** What a started agent gives back. */
export interface RunningAgent {
  /**
   * Ends it in good order: no new work, what was begun is finished or given back. `left` tells how many ms sessions and
   * transactions may still take; at 0 they are cut, and what remains is closed within seconds.
   */
  drain(left: () => number): Promise<void>;
}

/** What closing takes after sessions and transactions were cut (last acks, leases, telemetry): longer is not waited for, ms. */
const CLOSING_MS = 4_500;

/**
 * How a process ends: a drain at SIGTERM or SIGINT, or when its parent is gone. It listens from the beginning, because a
 * container's first process (PID 1) does not end by a signal that nobody listens for.
 */
export class Ending {
  readonly #agent: string;
  #running: { readonly agent: RunningAgent; readonly drainMs: number } | null = null;
  #ending = false;

  constructor(agent: string) {
    this.#agent = agent;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#end());
    this.#watchParent();
  }

  /** The agent has started: from here on it is drained, for `drainMs` at most. */
  started(agent: RunningAgent, drainMs: number): void {
    this.#running = { agent, drainMs };
  }

  /** Whoever started us (tools/stack) died without a word: an agent that nobody watches ends in good order. */
  #watchParent(): void {
    const named = Number(process.env['POSTROAD_PARENT'] ?? '');
    const parent = named > 0 ? named : process.ppid;
    // 0: the parent is outside of our PID namespace (a container's PID 1), where nothing is to be seen of it.
    if (parent > 0) setInterval(() => process.ppid !== parent && this.#end(), 1_000).unref();
  }

  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    // Still starting: /readyz has not said yes, nobody was sent here, and nothing is promised that is not at the broker.
    if (this.#running === null) process.exit(0);
    const { agent, drainMs } = this.#running;
    const until = performance.now() + drainMs;
    setTimeout(() => this.#exit(`the drain hung: ${drainMs + CLOSING_MS} ms are over`), drainMs + CLOSING_MS);
    agent
      .drain(() => Math.max(0, until - performance.now()))
      .then(
        () => process.exit(0),
        (error: unknown) => this.#exit(`drain failed: ${String(error)}`),
      );
  }

  #exit(why: string): never {
    process.stderr.write(`postroad-${this.#agent}: ${why}; what was not finished is done by another process\n`);
    process.exit(1);
  }
}
