import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';
import { type Harness, PASSWORD, USER } from './harness.ts';

/** An IMAP client that sends what it is told and shows what comes. */
export class RawClient {
  /** Octets as they came since the session is compressed. */
  readonly packed: Buffer[] = [];
  #socket: Socket;
  #received = '';
  #tag = 0;
  #deflate: DeflateRaw | null = null;
  #inflate: InflateRaw | null = null;
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#attach();
  }

  static async connect(
    harness: Partial<Pick<Harness, 'tls' | 'starttls'>>,
    options: { tls?: boolean; login?: boolean | string } = {},
  ): Promise<RawClient> {
    const tls = options.tls ?? true;
    const port = (tls ? harness.tls : harness.starttls) ?? 0;
    const socket = tls
      ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
      : connectTcp({ host: '127.0.0.1', port });
    await once(socket, tls ? 'secureConnect' : 'connect');
    const client = new RawClient(socket);
    const greeting = /^\* OK .*\r\n/m;
    await client.until(greeting);
    // What came with it (BYE of a server that was not waited for) is still to be read.
    client.#received = client.#received.replace(greeting, '');
    if (options.login ?? true) {
      const user = typeof options.login === 'string' ? options.login : USER;
      await client.ok(`LOGIN ${user} "${PASSWORD.replace(/["\\]/g, '\\$&')}"`);
    }
    return client;
  }

  #attach(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
    });
    this.#socket
      .on('error', () => undefined)
      .on('close', () => {
        if (this.#inflate && !this.#inflate.closed) this.#inflate.end();
        else this.closed = true;
      });
  }

  write(text: string | Buffer): void {
    (this.#deflate ?? this.#socket).write(text);
  }

  /** Past the compression. */
  writeRaw(octets: Buffer): void {
    this.#socket.write(octets);
  }

  /** Sends a command and resolves to everything up to its tagged response. */
  async command(text: string): Promise<string> {
    const tag = `t${String(++this.#tag)}`;
    this.write(`${tag} ${text}\r\n`);
    await this.until(new RegExp(`^${tag} .*\r\n`, 'm'));
    return this.take();
  }

  async ok(text: string): Promise<string> {
    const answer = await this.command(text);
    if (!/^t\d+ OK/m.test(answer)) throw new Error(`${text.slice(0, 60)}: ${answer}`);
    return answer;
  }

  /** Waits until what was received matches; less than an IDLE waits that nobody gave a hint (30 s). */
  async until(pattern: RegExp, ms = 20_000): Promise<void> {
    const end = Date.now() + ms;
    while (!pattern.test(this.#received)) {
      if (this.closed || Date.now() > end)
        throw new Error(`waited for ${String(pattern)}, got ${JSON.stringify(this.#received)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async untilClosed(ms = 20_000): Promise<string> {
    const signal = AbortSignal.timeout(ms);
    if (!this.#socket.closed) await once(this.#socket, 'close', { signal });
    // the last octets may still be unpacked when the socket is closed
    if (this.#inflate && !this.#inflate.closed) await once(this.#inflate, 'close', { signal });
    return this.take();
  }

  /** What was received since the last call. */
  take(): string {
    const received = this.#received;
    this.#received = '';
    return received;
  }

  async startTls(): Promise<void> {
    await this.ok('STARTTLS');
    this.#socket.removeAllListeners('data');
    this.#socket = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await once(this.#socket, 'secureConnect');
    this.#attach();
  }

  /** RFC 4978. */
  async compress(): Promise<void> {
    await this.ok('COMPRESS DEFLATE');
    this.#socket.removeAllListeners('data');
    const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
    inflate
      .on('data', (chunk: Buffer) => {
        this.#received += chunk.toString('latin1');
      })
      .on('error', () => this.#socket.destroy())
      .on('close', () => {
        if (this.#socket.closed) this.closed = true;
        else this.#socket.resume();
      });
    this.#inflate = inflate;
    this.#socket.on('data', (octets: Buffer) => this.packed.push(octets));
    this.#socket.pipe(inflate);
    this.#deflate = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH });
    this.#deflate.pipe(this.#socket);
  }

  pause(): void {
    this.#socket.pause();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    if (!this.closed) await this.command('LOGOUT').catch(() => '');
    this.#socket.destroy();
  }
}
