import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** PROXY v2 header of a client that spoke TLS to the proxy: so no TLS of ours is measured, as none of the other's is. */
function proxyHeader(): Buffer {
  const addresses = Buffer.from('7f0000017f00000130390090', 'hex');
  const tls = Buffer.from('2000050100000000', 'hex');
  const head = Buffer.from('0d0a0d0a000d0a515549540a2111', 'hex');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(addresses.length + tls.length);
  return Buffer.concat([head, length, addresses, tls]);
}

/** Where the proxy of the measurement connects from. */
export const PROXY_ADDRESS = '127.0.0.9';

/** An IMAP client that costs next to nothing: it counts octets and looks for the end of each command. */
export class LeanClient {
  readonly #socket: Socket;
  #tail = '';
  #wanted: string | null = null;
  #done: ((line: string) => void) | null = null;
  #failed: ((error: Error) => void) | null = null;
  #tag = 0;
  octets = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#push(chunk);
    });
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the server closed the connection')));
  }

  static async open(port: number, options: { proxied: boolean; user: string; password: string }): Promise<LeanClient> {
    const socket = connect({ host: '127.0.0.1', port, ...(options.proxied && { localAddress: PROXY_ADDRESS }) });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    if (options.proxied) socket.write(proxyHeader());
    const client = new LeanClient(socket);
    await client.until('* OK', '');
    await client.command(`LOGIN ${options.user} ${options.password}`);
    return client;
  }

  /** Sends a command; resolves when its tagged OK has come. */
  async command(text: string | Buffer): Promise<void> {
    const tag = `t${String(++this.#tag)}x`;
    const line =
      typeof text === 'string' ? Buffer.from(`${tag} ${text}\r\n`) : Buffer.concat([Buffer.from(`${tag} `), text]);
    const answer = await this.until(`${tag} `, line);
    if (!answer.startsWith('OK')) throw new Error(`${line.toString('latin1', 0, 80)}: ${answer}`);
  }

  /** Sends, and resolves to what follows `wanted` at the beginning of a line. */
  until(wanted: string, send: string | Buffer): Promise<string> {
    this.#wanted = wanted;
    this.#tail = '\n';
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      if (send.length > 0) this.#socket.write(send);
    });
  }

  /** Only the end of what came is looked at: the tagged response is the last thing a command sends. */
  #push(chunk: Buffer): void {
    this.octets += chunk.length;
    if (this.#wanted === null) return;
    const text = this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - 4096));
    const at = text.indexOf(`\n${this.#wanted}`);
    const end = at < 0 ? -1 : text.indexOf('\r\n', at + 1);
    if (end < 0) this.#tail = text.slice(-512);
    else {
      const line = text.slice(at + 1 + this.#wanted.length, end);
      this.#wanted = null;
      this.#done?.(line);
    }
  }

  /** Also ends what is under way: its promise rejects. */
  close(): void {
    this.#failed?.(new Error('closed'));
    this.#failed = null;
    this.#socket.destroy();
  }
}
