import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ReplyParser, type Reply } from '@postroad/smtp';

/** The server answered with another code than the one waited for. */
export class UnexpectedReply extends Error {
  readonly reply: Reply;
  constructor(reply: Reply, message: string) {
    super(message);
    this.reply = reply;
  }
}

const END = Buffer.from('.\r\n');
const SILENCE_MS = 120_000;

/** A lean SMTP client for load: one connection, one command at a time, no checks beyond the reply code. */
export class LoadClient {
  #socket: Socket;
  #parser = new ReplyParser();
  readonly #waiting: ((reply: Reply | Error) => void)[] = [];
  readonly #early: Reply[] = [];
  #gone: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  /** Connects, says EHLO, and with credentials STARTTLS, EHLO, AUTH PLAIN. */
  static async open(port: number, credentials?: { user: string; password: string }): Promise<LoadClient> {
    const socket = connectTcp(port, '127.0.0.1');
    socket.setNoDelay(true);
    const client = new LoadClient(socket);
    await client.#expect(220);
    await client.say('EHLO bench.local', 250);
    if (credentials === undefined) return client;
    await client.say('STARTTLS', 220);
    await client.#secure();
    await client.say('EHLO bench.local', 250);
    const token = Buffer.from(`\0${credentials.user}\0${credentials.password}`).toString('base64');
    await client.say(`AUTH PLAIN ${token}`, 235);
    return client;
  }

  /**
   * One transaction. Content ends with CRLF and has no line that begins with a dot. Resolves to the answer to the content.
   * `onContent` is called when all of it was given to the socket: from then on the message may have been accepted.
   */
  async send(from: string, to: readonly string[], content: Buffer, onContent: () => void = () => {}): Promise<Reply> {
    await this.say(`MAIL FROM:<${from}>`, 250);
    for (const recipient of to) await this.say(`RCPT TO:<${recipient}>`, 250);
    await this.say('DATA', 354);
    // In one piece, as clients do: two would be two TLS records and two packets.
    this.#socket.write(Buffer.concat([content, END]));
    onContent();
    return this.#expect(250);
  }

  async say(line: string, code: number): Promise<Reply> {
    this.#socket.write(`${line}\r\n`);
    return this.#expect(code);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #expect(code: number): Promise<Reply> {
    const reply =
      this.#early.shift() ?? this.#gone ?? (await new Promise<Reply | Error>((resolve) => this.#waiting.push(resolve)));
    if (reply instanceof Error) throw reply;
    if (reply.code !== code)
      throw new UnexpectedReply(reply, `expected ${code}, got ${reply.code} ${reply.lines.join(' / ')}`);
    return reply;
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      for (const reply of this.#parser.push(chunk)) {
        const next = this.#waiting.shift();
        if (next === undefined) this.#early.push(reply);
        else next(reply);
      }
    });
    const fail = (error: Error) => {
      this.#gone ??= error;
      this.#waiting.splice(0).forEach((next) => next(error));
    };
    // A server that says nothing for so long is as good as gone.
    this.#socket.setTimeout(SILENCE_MS, () => this.#socket.destroy(new Error(`no reply for ${SILENCE_MS} ms`)));
    this.#socket.on('error', fail);
    this.#socket.on('close', () => fail(new Error('the server closed the connection')));
  }

  async #secure(): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    plain.removeAllListeners('close');
    plain.removeAllListeners('error');
    // A bench on loopback with a certificate made for it: nothing to verify.
    const secure = connectTls({ socket: plain, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve);
      secure.once('error', reject);
    });
    this.#socket = secure;
    this.#parser = new ReplyParser();
    this.#listen();
  }
}
