import { type Bus, readJsz } from '@postroad/bus';

/** Above this share of a limit, doors answer 452; the rest is for what is already on its way (DESIGN §3, being full). */
const HIGH_WATER = 0.85;

/** Watches how full the spool and the brokers' disks are, twice a second. */
export class Admission {
  readonly #bus: Bus;
  readonly #monitors: readonly string[];
  readonly #timer: NodeJS.Timeout;
  #open = true;
  #polls = 0;

  constructor(bus: Bus, monitors: readonly string[]) {
    this.#bus = bus;
    this.#monitors = monitors;
    this.#timer = setInterval(() => void this.refresh(), 500).unref();
  }

  /** False above the high-water mark, and while the broker may not be trusted. */
  get open(): boolean {
    return this.#open && this.#bus.refusal === null;
  }

  async refresh(): Promise<void> {
    try {
      const { config, state } = await this.#bus.jsm.streams.info('SPOOL');
      const full =
        over(state.bytes, config.max_bytes) ||
        over(state.messages, config.max_msgs) ||
        (this.#polls++ % 10 === 0 ? await this.#diskFull() : this.#disk);
      this.#open = !full;
    } catch {
      // The broker does not answer: publishes will wait and say 451 by themselves; what was known stays known.
    }
  }

  #disk = false;
  async #diskFull(): Promise<boolean> {
    const answers = await Promise.allSettled(this.#monitors.map(readJsz));
    this.#disk = answers.some(
      (a) => a.status === 'fulfilled' && over(a.value.storage ?? 0, a.value.config?.max_storage ?? -1),
    );
    return this.#disk;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const over = (used: number, limit: number) => limit > 0 && used > limit * HIGH_WATER;
