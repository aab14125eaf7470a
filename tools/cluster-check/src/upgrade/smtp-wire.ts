import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { SmtpStage } from './ledger.ts';

export interface SmtpDoor {
  readonly name: string;
  readonly port: number;
  /** TLS from the first octet, or STARTTLS. */
  readonly implicitTls: boolean;
}

interface Reply {
  readonly code: number;
  readonly text: string;
}

/** A reply that is not the one the client needs to go on. */
export class BadReply extends Error {
  readonly code: number;
  constructor({ code, text }: Reply, said: string) {
    super(`${text} (to ${said.split(' ')[0]})`);
    this.code = code;
  }
}

/** Longer than any drain: who is silent for so long has lost the client. */
const SILENCE_MS = 45_000;

/** One SMTP connection of a client that knows at any time how far it has come. */
export class SmtpWire {
  stage: SmtpStage = 'connecting';
  /** A 421 came, asked for or not. */
  told = false;
  #socket: Socket;
  #text = '';
  #replies: Reply[] = [];
  #gone: Error | null = null;
  #wake: () => void = () => undefined;

  constructor(port: number) {
    this.#socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
    this.#listen(this.#socket);
  }

  /** Up to AUTH. Resolves to the certificate shown, PEM-less DER. @throws BadReply, or what ended the connection */
  async open(
    door: SmtpDoor,
    ca: readonly string[],
    login: { address: string; password: string } | null,
  ): Promise<Buffer> {
    let certificate: Buffer | null = null;
    if (door.implicitTls) certificate = await this.#secure(ca);
    await this.#expect(220, 'connect');
    this.stage = 'session';
    await this.say('EHLO client.test', 250);
    if (certificate === null) {
      await this.say('STARTTLS', 220);
      certificate = await this.#secure(ca);
      this.stage = 'session';
      await this.say('EHLO client.test', 250);
    }
    if (login !== null) {
      const token = Buffer.from(`\0${login.address}\0${login.password}`).toString('base64');
      await this.say(`AUTH PLAIN ${token}`, 235);
    }
    return certificate;
  }

  /** One transaction. `content` ends with CRLF; no line of it begins with a dot. @throws as {@link open} */
  async send(from: string, to: readonly string[], content: string): Promise<void> {
    await this.say(`MAIL FROM:<${from}>`, 250);
    this.stage = 'transaction';
    for (const recipient of to) await this.say(`RCPT TO:<${recipient}>`, 250);
    await this.say('DATA', 354);
    this.stage = 'content sent';
    await this.say(`${content}.`, 250);
    this.stage = 'session';
  }

  async say(line: string, code: number): Promise<void> {
    this.#socket.write(`${line}\r\n`);
    await this.#expect(code, line);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #expect(code: number, said: string): Promise<void> {
    while (this.#replies.length === 0) {
      if (this.#gone !== null) throw this.#gone;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const reply = this.#replies.shift();
    if (reply !== undefined && reply.code !== code) throw new BadReply(reply, said);
  }

  #listen(socket: Socket): void {
    const fail = (error: Error) => {
      this.#gone ??= error;
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
    socket.on('error', fail).on('close', () => fail(new Error('the server closed the connection')));
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error(`no reply for ${SILENCE_MS / 1_000} s`)));
  }

  #read(text: string): void {
    const lines = `${this.#text}${text}`.split('\r\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      // All but the last line of a reply have a hyphen after the code (RFC 5321 §4.2.1).
      if (/^\d{3}-/.test(line)) continue;
      const code = Number(line.slice(0, 3));
      if (code === 421) this.told = true;
      this.#replies.push({ code, text: line });
    }
    this.#wake();
  }

  async #secure(ca: readonly string[]): Promise<Buffer> {
    this.stage = this.stage === 'connecting' ? 'connecting' : 'tls';
    const plain = this.#socket;
    for (const event of ['data', 'error', 'close', 'timeout']) plain.removeAllListeners(event);
    const socket: TLSSocket = connectTls({ socket: plain, ca: [...ca], servername: 'localhost' });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
      socket.once('close', () => reject(new Error('the server closed the connection in the TLS handshake')));
    });
    this.#listen(socket);
    return socket.getPeerCertificate().raw;
  }
}
