import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What a Service is in Kubernetes: one address in front of the instances that are ready. A connection goes to the next of them in turn and
 * stays there; taking one out of the turn leaves its connections alone.
 */
export class Service {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targets: readonly number[] = [];
  #turn = 0;

  private constructor(port: number, server: Server) {
    this.port = port;
    this.#server = server;
    server.on('connection', (client) => this.#forward(client, this.#targets.length));
  }

  static async listen(port: number): Promise<Service> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(port, '127.0.0.1', () => resolve()),
    );
    return new Service(port, server);
  }

  add(port: number): void {
    this.#targets = [...this.#targets, port];
  }

  remove(port: number): void {
    this.#targets = this.#targets.filter((each) => each !== port);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** `attempts`: one that refuses is passed over for the next. */
  #forward(client: Socket, attempts: number): void {
    const port = this.#targets[this.#turn++ % Math.max(1, this.#targets.length)];
    if (port === undefined || attempts === 0) {
      client.destroy();
      return;
    }
    const target = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const refused = () => this.#forward(client, attempts - 1);
    target.once('error', refused);
    target.once('connect', () => {
      target.off('error', refused);
      for (const [one, other] of [
        [client, target],
        [target, client],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy()).on('close', () => this.#sockets.delete(one));
        one.pipe(other);
      }
    });
  }
}
