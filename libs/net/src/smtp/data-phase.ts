import type { Reply } from '@postroad/smtp';
import { ContentQueue, type ContentRefused } from './content-queue.ts';

/** One DATA from its 354 to its reply: the content on one side, the handler on the other, and a limit on the time. */
export class DataPhase {
  readonly queue: ContentQueue;
  readonly #over = Promise.withResolvers<void>();
  readonly #deadline: NodeJS.Timeout;
  #wholeAt: number | null = null;

  constructor(limits: { readonly maxSize: number; readonly maxDataTime: number }, tooSlow: () => void) {
    this.queue = new ContentQueue(limits.maxSize);
    this.#deadline = setTimeout(tooSlow, limits.maxDataTime);
  }

  /** All content is in: silence is ours from here on. */
  get whole(): boolean {
    return this.#wholeAt !== null;
  }

  /** ms since then. */
  get waited(): number {
    return this.#wholeAt === null ? 0 : performance.now() - this.#wholeAt;
  }

  readonly end = (): void => {
    this.#wholeAt = performance.now();
    this.#stop();
  };

  /** Ends it before its end. Gives what the client is told: whoever refused first gave the reason. */
  refuse(refusal: ContentRefused): Reply | null {
    this.queue.refuse(refusal);
    this.#stop();
    return (this.queue.refusal ?? refusal).reply;
  }

  #stop(): void {
    clearTimeout(this.#deadline);
    this.#over.resolve();
  }

  /** Resolves with the replies when the handler has decided and the client has nothing more to send. */
  async run(
    take: (content: ContentQueue) => Promise<Reply | readonly Reply[]>,
    failed: (error: unknown) => Reply,
  ): Promise<Reply | readonly Reply[]> {
    let answer: Reply | readonly Reply[];
    try {
      answer = await take(this.queue);
    } catch (error) {
      answer = failed(error);
    }
    this.queue.discard();
    await this.#over.promise;
    return this.queue.refusal?.reply ?? answer;
  }
}
