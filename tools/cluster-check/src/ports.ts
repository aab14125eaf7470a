import { createServer } from 'node:net';

/** Ports from an offset on, each given once. Those the system gives away by itself (32768 and up) are left alone. */
export class Ports {
  #next: number;

  constructor(offset: number) {
    this.#next = offset;
  }

  /** A port that nobody listens on now. @throws when there is none left below 32768 */
  async take(): Promise<number> {
    while (this.#next < 32_768) {
      const port = this.#next++;
      if (await free(port)) return port;
    }
    throw new Error('no free port is left below 32768: choose a lower --port-offset');
  }
}

function free(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
