import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '@postroad/stack';
import { pick } from './random.ts';

/** ms before the next kill: at least, and at most. */
const PAUSE = { least: 600, most: 2_400 };

/** Kills processes of a stack, one after another, until it is told to stop. Each kind comes in turn, then as chance has it. */
export class Killer {
  readonly kills: string[] = [];
  readonly #stack: Stack;
  readonly #random: () => number;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(stack: Stack, random: () => number) {
    this.#stack = stack;
    this.#random = random;
  }

  /** Time in which each kind is killed once, in ms. */
  get round(): number {
    return this.#names().length * PAUSE.most;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Stops killing and waits until everything is up again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    await Promise.all([...this.#stack.brokers, ...this.#stack.agents].map((child) => child.ready(60_000)));
  }

  async #run(): Promise<void> {
    const names = this.#names();
    const turn = [...names];
    while (!this.#stopped) {
      await sleep(PAUSE.least + this.#random() * (PAUSE.most - PAUSE.least));
      if (this.#stopped) return;
      const name = turn.shift() ?? pick(this.#random, names);
      const child = this.#stack.child(name);
      await child.crash();
      this.kills.push(name);
      // Of three brokers at most one is down at a time: two would stop the cluster, which is another test.
      if (name.startsWith('nats') && this.#stack.brokers.length > 1) await child.ready(60_000).catch(() => undefined);
    }
  }

  #names(): string[] {
    return ['msa', 'mta', 'mda', ...this.#stack.brokers.map((broker) => broker.name)];
  }
}
