import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { formatReply, ReplyParser, type Reply } from '@postroad/smtp';

/** A client that sends exactly the octets it is told to, and reads replies. */
export class RawClient {
  #socket: Socket;
  #parser = new ReplyParser();
  #replies: Reply[] = [];
  #wake: (() => void) | null = null;
  #closed = false;
  localAddress: string;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.localAddress = socket.localAddress ?? '';
    this.#listen();
  }

  static async open(
    port: number,
    options: { tls?: boolean; localAddress?: string; first?: string | Buffer } = {},
  ): Promise<RawClient> {
    const { localAddress, first } = options;
    const socket = connect({
      port,
      host: '127.0.0.1',
      ...(localAddress !== undefined && { localAddress }),
    });
    await once(socket, 'connect');
    if (first !== undefined) socket.write(first);
    const client = new RawClient(socket);
    if (options.tls === true) await client.startTls();
    return client;
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#replies.push(...this.#parser.push(chunk));
      this.#wake?.();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** Wraps the connection in TLS. Gives the name on the server's certificate. */
  async startTls(servername = 'mx.postroad.test'): Promise<string> {
    const raw = this.#socket;
    raw.removeAllListeners();
    const secured = connectTls({ socket: raw, servername, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    this.#socket = secured;
    this.#parser = new ReplyParser();
    this.#listen();
    return String(secured.getPeerCertificate().subject.CN);
  }

  /** Resolves when the octets were taken by the kernel; also when the server has gone away. */
  async write(octets: string | Buffer): Promise<void> {
    if (this.#closed) return;
    const socket = this.#socket;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('close', done);
        resolve();
      };
      socket.once('close', done);
      socket.write(octets, done);
    });
  }

  /** The next reply as it was on the wire, lines joined by newlines; 'closed' when there is none. */
  async reply(): Promise<string> {
    while (this.#replies.length === 0) {
      if (this.#closed) return 'closed';
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const [first] = this.#replies.splice(0, 1);
    return first === undefined ? 'closed' : formatReply(first).trimEnd().replaceAll('\r\n', '\n');
  }

  /** Sends one line and gives its reply. */
  async say(line: string): Promise<string> {
    await this.write(`${line}\r\n`);
    return await this.reply();
  }

  /** Sends a FIN; replies can still come. */
  end(): void {
    this.#socket.end();
  }

  get closed(): boolean {
    return this.#closed;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
