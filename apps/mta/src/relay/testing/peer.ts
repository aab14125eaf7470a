import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';

/** One transaction as the peer saw it: lines without CRLF, content exactly as it came (dots still stuffed, end included). */
export interface Taken {
  readonly mail: string;
  readonly rcpt: readonly string[];
  readonly raw: Buffer;
  readonly secure: boolean;
}

export interface PeerScript {
  /** EHLO keywords; `STARTTLS` brings its own. */
  readonly offers?: readonly string[];
  readonly greeting?: string;
  /** Replies; null drops the connection. Default: the usual ones. */
  readonly mail?: (line: string) => string | null;
  readonly rcpt?: (line: string) => string | null;
  readonly data?: () => string | null;
  /** To the end of data; may take its time. */
  readonly end?: (taken: Taken) => string | null | Promise<string | null>;
  /** Drops the connection when so many octets of content have come. */
  readonly dropAfter?: number;
  /** `break`: says 220 to STARTTLS and then speaks nonsense. */
  readonly tls?: 'good' | 'break';
  /** RCPT without a transaction is answered like that by Postfix. */
  readonly host?: string;
}

const FOLDER = resolve(import.meta.dirname, '../../../../../libs/net/src/testing');
const context = () =>
  createSecureContext({
    cert: readFileSync(`${FOLDER}/mx.postroad.test.crt`),
    key: readFileSync(`${FOLDER}/mx.postroad.test.key`),
  });

/** A scripted SMTP server that keeps the octets it was sent. */
export class Peer {
  readonly taken: Taken[] = [];
  readonly verbs: string[] = [];
  /** Names that clients gave themselves. */
  readonly names = new Set<string>();
  connections = 0;
  open = 0;
  mostOpen = 0;
  script: PeerScript;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(script: PeerScript) {
    this.script = script;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(script: PeerScript = {}, port = 0): Promise<Peer> {
    const peer = new Peer(script);
    await new Promise<void>((ready) => peer.#server.listen(port, script.host ?? '127.0.0.1', ready));
    return peer;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** As an entry of the relay's `hosts`. */
  get hosts(): { host: string; port: number }[] {
    return [{ host: '127.0.0.1', port: this.port }];
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.open -= 1;
      this.#sockets.delete(socket);
    });
    socket.write(`${this.script.greeting ?? '220 peer.test ESMTP'}\r\n`);
    this.#talk(socket, false);
  }

  #talk(socket: Socket, secure: boolean): void {
    let held = Buffer.alloc(0);
    let inData = false;
    let mail = '';
    let rcpt: string[] = [];
    let turn = Promise.resolve();
    const say = (reply: string | null): boolean => {
      if (reply === null) socket.destroy();
      else socket.write(`${reply}\r\n`);
      return reply !== null;
    };
    const step = async (): Promise<void> => {
      while (held.length > 0 && !socket.destroyed) {
        if (inData) {
          const at = held.indexOf('\r\n.\r\n');
          if (this.script.dropAfter !== undefined && held.length > this.script.dropAfter) return void socket.destroy();
          const empty = held.subarray(0, 3).equals(Buffer.from('.\r\n'));
          if (at < 0 && !empty) return;
          const end = empty ? 3 : at + 5;
          const one: Taken = { mail, rcpt, raw: Buffer.from(held.subarray(0, end)), secure };
          held = held.subarray(end);
          inData = false;
          this.taken.push(one);
          say(this.script.end === undefined ? '250 2.0.0 taken' : await this.script.end(one));
          mail = '';
          rcpt = [];
          continue;
        }
        const at = held.indexOf('\r\n');
        if (at < 0) return;
        const line = held.subarray(0, at).toString();
        held = held.subarray(at + 2);
        const verb = line.slice(0, 4).toUpperCase();
        this.verbs.push(verb);
        if (verb === 'EHLO') this.names.add(line.slice(5));
        if (verb === 'EHLO') say(this.#ehlo(secure));
        else if (verb === 'MAIL') {
          const reply =
            mail === ''
              ? (this.script.mail?.(line) ?? (this.script.mail === undefined ? '250 2.1.0 ok' : null))
              : '503 5.5.1 nested MAIL';
          if (reply?.startsWith('2') === true) mail = line;
          say(reply);
        } else if (verb === 'RCPT') {
          const reply =
            mail === ''
              ? '503 5.5.1 need MAIL'
              : this.script.rcpt === undefined
                ? '250 2.1.5 ok'
                : this.script.rcpt(line);
          if (reply?.startsWith('2') === true) rcpt.push(line);
          say(reply);
        } else if (verb === 'DATA') {
          const reply =
            rcpt.length === 0
              ? '503 5.5.1 need RCPT'
              : this.script.data === undefined
                ? '354 go on'
                : this.script.data();
          inData = reply?.startsWith('3') === true;
          say(reply);
        } else if (verb === 'RSET') {
          mail = '';
          rcpt = [];
          say('250 2.0.0 ok');
        } else if (verb === 'STAR') return this.#secure(socket);
        else if (verb === 'QUIT') {
          say('221 2.0.0 bye');
          socket.end();
        } else say('502 5.5.1 unknown');
      }
    };
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      turn = turn.then(step);
    });
  }

  #ehlo(secure: boolean): string {
    const offers = [
      ...(this.script.offers ?? ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 52428800', 'ENHANCEDSTATUSCODES']),
    ];
    if (this.script.tls !== undefined && !secure) offers.push('STARTTLS');
    return ['peer.test', ...offers].map((line, i, all) => `250${i < all.length - 1 ? '-' : ' '}${line}`).join('\r\n');
  }

  #secure(socket: Socket): void {
    socket.write('220 2.0.0 go ahead\r\n');
    socket.removeAllListeners('data');
    if (this.script.tls === 'break') {
      socket.on('data', () => socket.write('this is no TLS\r\n'));
      return;
    }
    const secured = new TLSSocket(socket, { isServer: true, secureContext: context() });
    secured.on('error', () => {});
    this.#talk(secured, true);
  }
}

/** What a receiver makes of the octets it was sent: dots unstuffed, the end taken off (RFC 5321 §4.5.2). */
export const unstuffed = (raw: Buffer): string => {
  const text = raw.toString('latin1');
  return text.slice(0, -3).replace(/(^|\r\n)\./g, '$1');
};
