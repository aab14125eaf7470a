import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A value in a response: an atom, the octets of a string, NIL, or a list. */
export type ImapValue = string | Buffer | null | ImapValue[];

/** One response of the server, literals included. */
export interface ImapResponse {
  /** `*`, `+` or the tag of a command. */
  readonly tag: string;
  /** What follows the tag, as it came. */
  readonly octets: Buffer;
  /** The same, parsed; not for OK, NO, BAD, BYE, PREAUTH and `+`, which are text. */
  values(): ImapValue[];
}

export interface ImapResult {
  readonly status: 'OK' | 'NO' | 'BAD';
  /** Response code without brackets. */
  readonly code: string | null;
  readonly text: string;
  readonly untagged: readonly ImapResponse[];
}

const MAX_RESPONSE = 256 << 20;
const CRLF = Buffer.from('\r\n');

/** An IMAP client for tests: it says what it is told, and parses what comes without forgiving anything. */
export class ImapWire {
  readonly #socket: Socket;
  readonly #waiting: ((response: ImapResponse) => void)[] = [];
  readonly #queue: ImapResponse[] = [];
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = 0;
  #tag = 0;
  #error: Error | null = null;
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#push(chunk);
    });
    const end = (): void => {
      this.#ended = true;
      this.#fail(new Error('the server closed the connection'));
    };
    socket.on('error', end).on('close', end);
  }

  static async connect(at: { readonly port: number; readonly tls?: boolean }): Promise<ImapWire> {
    const { port, tls = false } = at;
    const options = { host: '127.0.0.1', port };
    const socket = tls ? connectTls({ ...options, rejectUnauthorized: false }) : connectTcp(options);
    await once(socket, tls ? 'secureConnect' : 'connect');
    socket.setNoDelay(true);
    const wire = new ImapWire(socket);
    await wire.next();
    return wire;
  }

  get closed(): boolean {
    return this.#ended;
  }

  /** Sends a command; buffers among its parts go as non-synchronising literals (LITERAL+) unless `synchronising`. */
  async command(
    parts: string | readonly (string | Buffer)[],
    options: { readonly synchronising?: boolean } = {},
  ): Promise<ImapResult> {
    const tag = `t${String(++this.#tag)}`;
    const untagged: ImapResponse[] = [];
    const pieces: Buffer[] = [Buffer.from(`${tag} `)];
    for (const part of typeof parts === 'string' ? [parts] : parts) {
      if (typeof part === 'string') pieces.push(Buffer.from(part, 'utf8'));
      else if (options.synchronising === true) {
        this.#socket.write(Buffer.concat([...pieces.splice(0), Buffer.from(`{${String(part.length)}}\r\n`)]));
        const early = await this.#continuation(tag, untagged);
        if (early) return early;
        pieces.push(part);
      } else pieces.push(Buffer.from(`{${String(part.length)}+}\r\n`), part);
    }
    this.#socket.write(Buffer.concat([...pieces, CRLF]));
    for (;;) {
      const response = await this.next();
      if (response.tag === tag) return result(response, untagged);
      untagged.push(response);
    }
  }

  /** The same, for commands that must succeed. */
  async ok(parts: string | readonly (string | Buffer)[]): Promise<ImapResult> {
    const done = await this.command(parts);
    if (done.status === 'OK') return done;
    const said = typeof parts === 'string' ? parts : parts.filter((part) => typeof part === 'string').join('{…}');
    throw new Error(`${said.slice(0, 200)}: ${done.status} ${done.code ?? ''} ${done.text}`);
  }

  /** IDLE (RFC 2177) for so many ms; resolves to what was told meanwhile. */
  async idle(ms: number): Promise<ImapResult> {
    const tag = `t${String(++this.#tag)}`;
    this.#socket.write(`${tag} IDLE\r\n`);
    const untagged: ImapResponse[] = [];
    let done: NodeJS.Timeout | null = null;
    try {
      for (;;) {
        const response = await this.next();
        if (response.tag === tag) return result(response, untagged);
        if (response.tag === '+') done = setTimeout(() => this.#socket.write('DONE\r\n'), ms);
        else untagged.push(response);
      }
    } finally {
      if (done) clearTimeout(done);
    }
  }

  /** Sends octets as they are. */
  write(octets: string | Buffer): void {
    this.#socket.write(octets);
  }

  /** The next response, whatever it is. */
  next(): Promise<ImapResponse> {
    const [queued] = this.#queue.splice(0, 1);
    if (queued) return Promise.resolve(queued);
    if (this.#error) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        reject(error);
      };
      this.#socket.once('wire-failed', failed);
      this.#waiting.push((response) => {
        this.#socket.off('wire-failed', failed);
        resolve(response);
      });
    });
  }

  /** Drops the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  async logout(): Promise<void> {
    if (!this.#ended) await this.command('LOGOUT').catch(() => null);
    this.#socket.destroy();
  }

  async #continuation(tag: string, untagged: ImapResponse[]): Promise<ImapResult | null> {
    for (;;) {
      const response = await this.next();
      if (response.tag === '+') return null;
      if (response.tag === tag) return result(response, untagged);
      untagged.push(response);
    }
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#socket.emit('wire-failed', this.#error);
    this.#waiting.length = 0;
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#needed = 0;
    try {
      for (let end = responseEnd(rest); end > 0; end = responseEnd(rest)) {
        this.#give(readResponse(rest.subarray(0, end - 2)));
        rest = rest.subarray(end);
      }
      this.#needed = -responseEnd(rest);
    } catch (error) {
      this.#fail(error as Error);
      this.#socket.destroy();
    }
    if (rest.length > MAX_RESPONSE) this.#fail(new Error('the response is too long'));
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#held = rest.length;
  }

  #give(response: ImapResponse): void {
    const [waiting] = this.#waiting.splice(0, 1);
    if (waiting) waiting(response);
    else this.#queue.push(response);
  }
}

/** Where the first response ends; 0 or negative when it is not whole: at least so many octets are needed in all. */
function responseEnd(octets: Buffer): number {
  for (let at = 0; ;) {
    const end = octets.indexOf(CRLF, at);
    if (end < 0) return 0;
    const literal = /\{(\d+)\}$/.exec(octets.toString('latin1', Math.max(at, end - 24), end));
    if (!literal) return end + 2;
    at = end + 2 + Number(literal[1]);
    if (at > octets.length) return -at;
  }
}

function readResponse(line: Buffer): ImapResponse {
  const space = line.indexOf(0x20);
  const tag = line.toString('latin1', 0, space < 0 ? line.length : space);
  const octets = space < 0 ? Buffer.alloc(0) : Buffer.from(line.subarray(space + 1));
  return { tag, octets, values: () => parseImapValues(octets) };
}

function result({ octets }: ImapResponse, untagged: readonly ImapResponse[]): ImapResult {
  const match = /^(OK|NO|BAD)(?: \[([^\]]*(?:\([^)]*\))?[^\]]*)\])? ?(.*)$/s.exec(octets.toString('utf8'));
  if (!match) throw new Error(`not a tagged response: ${octets.toString('latin1').slice(0, 200)}`);
  return { status: match[1] as ImapResult['status'], code: match[2] ?? null, text: match[3] ?? '', untagged };
}

/** Parses response data (RFC 9051 §9): strictly, so that what a lenient client would forgive is found. */
export function parseImapValues(octets: Buffer): ImapValue[] {
  const stack: ImapValue[][] = [[]];
  const fail = (at: number): never => {
    throw new Error(`malformed at octet ${String(at)}: ${octets.toString('latin1', Math.max(0, at - 60), at + 40)}`);
  };
  for (let at = 0; at < octets.length;) {
    const list = stack.at(-1) ?? fail(at);
    const char = octets[at];
    if (char === 0x20) at++;
    else if (char === 0x28) {
      const inner: ImapValue[] = [];
      list.push(inner);
      stack.push(inner);
      at++;
    } else if (char === 0x29) {
      if (stack.length < 2) fail(at);
      stack.pop();
      at++;
    } else if (char === 0x22) at = readQuoted(octets, at, list, fail);
    else if (char === 0x7b || (char === 0x7e && octets[at + 1] === 0x7b)) at = readLiteral(octets, at, list, fail);
    else at = readAtom(octets, at, list, fail);
  }
  if (stack.length !== 1) fail(octets.length);
  return stack[0] ?? [];
}

type Fail = (at: number) => never;

function readQuoted(octets: Buffer, start: number, list: ImapValue[], fail: Fail): number {
  const text: number[] = [];
  for (let at = start + 1; at < octets.length; at++) {
    const char = octets[at] ?? 0;
    if (char === 0x22) {
      list.push(Buffer.from(text));
      return at + 1;
    }
    if (char === 0x5c) {
      const escaped = octets[++at];
      if (escaped !== 0x22 && escaped !== 0x5c) fail(at);
      text.push(escaped ?? 0);
    } else if (char === 0x0d || char === 0x0a || char === 0) fail(at);
    else text.push(char);
  }
  return fail(start);
}

function readLiteral(octets: Buffer, start: number, list: ImapValue[], fail: Fail): number {
  const head = /^~?\{(\d+)\}\r\n/.exec(octets.toString('latin1', start, start + 32)) ?? fail(start);
  const from = start + head[0].length;
  const end = from + Number(head[1]);
  if (end > octets.length) fail(start);
  list.push(octets.subarray(from, end));
  return end;
}

/** Atoms of FETCH hold a section in brackets, which may hold spaces and a list. */
function readAtom(octets: Buffer, start: number, list: ImapValue[], fail: Fail): number {
  let depth = 0;
  let at = start;
  for (; at < octets.length; at++) {
    const char = octets[at] ?? 0;
    if (char === 0x5b) depth++;
    else if (char === 0x5d) depth--;
    else if (depth === 0 && (char === 0x20 || char === 0x28 || char === 0x29 || char === 0x22)) break;
    if (char < 0x20 || char > 0x7e) fail(at);
  }
  const atom = octets.toString('latin1', start, at);
  list.push(atom === 'NIL' ? null : atom);
  return at;
}
