import type { Socket } from 'node:net';
import type { Duplex, Readable, Transform } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import SMTPConnection, {
  type SMTPConnectionOptions,
  type SMTPConnectionSendInfo,
} from 'nodemailer/lib/smtp-connection';
import type { RelayTimeouts } from './settings.ts';

/** What the commands of one transaction say after their verbs; RCPT by position. Written by our codec. */
export interface TransactionLines {
  /** Path and parameters, e.g. `<a@b> SIZE=10`. */
  readonly mail: string;
  readonly recipients: readonly string[];
}

/** How one transaction ended: a reply per recipient, or the connection is gone. Replies may have several lines, joined by LF. */
export type TransactionResult =
  | { readonly replies: readonly string[] }
  /** `response` when the peer said something before it went (421). */
  | { readonly broken: Error & { response?: string }; readonly phase: 'envelope' | 'content' };

type SendError = Error & { code?: string; command?: string; response?: string };
type RejectedError = Error & { recipient?: string; response?: string };

/**
 * nodemailer's SMTP connection with our grammar on the wire. It writes addresses and parameters its own way (one NOTIFY and
 * ORCPT per envelope, no `<` in quoted local parts, no SMTPUTF8 for headers only), so recipients are handed to it as
 * numbers, and the lines of MAIL and RCPT are put in where it sends them. Pinned version; `smtp-client.test.ts` is the
 * contract of what is used here.
 */
export class SmtpClient extends SMTPConnection {
  declare _supportedExtensions: string[];
  declare readonly _ehloLines: readonly string[] | undefined;
  declare readonly _envelope: { readonly rejectedErrors?: readonly RejectedError[] } | false;
  readonly #timeouts: RelayTimeouts;
  /** Keyword in upper case → its parameters (RFC 5321 §4.1.1.1). */
  #extensions: ReadonlyMap<string, string> = new Map();
  #lines: TransactionLines | null = null;
  #contentSent = false;
  #small = false;
  /** Null while usable; why not afterwards. */
  broken: (Error & { response?: string }) | null = null;

  constructor(options: SMTPConnectionOptions, timeouts: RelayTimeouts) {
    super(options);
    this.#timeouts = timeouts;
    this.on('error', (error: Error) => (this.broken ??= error));
    this.on('end', () => (this.broken ??= new Error('The connection was closed')));
  }

  /** Greeting, EHLO, STARTTLS as the options say. @throws Error with `code` and perhaps `response` */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.once('end', () => reject(this.broken ?? new Error('The connection was closed')));
      this.connect((error) => {
        if (error !== undefined) return reject(error);
        this.#readExtensions();
        resolve();
      });
    });
  }

  /** nodemailer also finds keywords in the peer's own name (`250-dsn.example.org`). */
  #readExtensions(): void {
    const lines = (this._ehloLines ?? []).map((line) => /^(\S+)\s*(.*)$/.exec(line));
    this.#extensions = new Map(lines.map((line) => [line?.[1]?.toUpperCase() ?? '', line?.[2] ?? '']));
    this._supportedExtensions = [...this.#extensions.keys()];
  }

  authenticate(user: string, pass: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.login({ user, pass, credentials: { user, pass } }, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  offers(extension: 'SMTPUTF8' | '8BITMIME' | 'SIZE' | 'DSN' | 'REQUIRETLS' | 'PIPELINING'): boolean {
    return this.#extensions.has(extension);
  }

  /** Octets the peer takes; 0 when it did not say (RFC 1870). */
  get maxSize(): number {
    const said = Number(this.#extensions.get('SIZE'));
    return Number.isSafeInteger(said) ? said : 0;
  }

  /** Whether the peer proved to be who its certificate names. */
  get verified(): boolean {
    return this.secure && (this._socket as TLSSocket).authorized === true;
  }

  /** `TLSv1.2` or `TLSv1.3`, the versions that are spoken; null without TLS. */
  get tlsVersion(): string | null {
    const version = this.secure ? (this._socket as TLSSocket).getProtocol() : null;
    return version === 'TLSv1.2' || version === 'TLSv1.3' ? version : null;
  }

  /** One transaction. Resolves in every case. After a refused envelope the connection is reset before it may be used again. */
  async transact(lines: TransactionLines, content: Buffer | Readable): Promise<TransactionResult> {
    this.#lines = lines;
    this.#contentSent = false;
    this.#small = Buffer.isBuffer(content);
    const timer = setTimeout(
      () => this.abandon(new Error('The transaction took too long')),
      this.#timeouts.transaction,
    );
    try {
      const { error, info } = await new Promise<{ error: SendError | null; info?: SMTPConnectionSendInfo }>(
        (resolve) => {
          const to = lines.recipients.map((_, i) => String(i));
          // close() while a message is in flight may not answer it.
          this.once('end', () =>
            setImmediate(() => resolve({ error: this.broken ?? new Error('The connection was closed') })),
          );
          // Envelope commands that may be pipelined leave in one packet.
          this.#corked(() =>
            this.send({ from: '', to }, content, (error, info) =>
              resolve(error === null ? { error, info: info } : { error }),
            ),
          );
        },
      );
      if (error === null && info !== undefined)
        return { replies: this.#replies(info.response, info.rejectedErrors ?? []) };
      return await this.#refused(error as SendError);
    } finally {
      clearTimeout(timer);
      this.removeAllListeners('end');
      this.on('end', () => (this.broken ??= new Error('The connection was closed')));
      this.#lines = null;
    }
  }

  #corked(work: () => void): void {
    const socket = this._socket as Socket;
    socket.cork();
    work();
    process.nextTick(() => socket.uncork());
  }

  /** Cuts the connection. */
  abandon(why: Error): void {
    this.broken ??= why;
    const socket = this._socket;
    this.close();
    if (socket instanceof Object) socket.destroy();
  }

  async #refused(error: SendError): Promise<TransactionResult> {
    const phase = this.#contentSent ? 'content' : 'envelope';
    const { response } = error;
    // Recipients refused because MAIL was (503) have no fate of their own. Read before RSET forgets them.
    const rejected =
      error.command === 'MAIL FROM' || this._envelope === false ? [] : (this._envelope.rejectedErrors ?? []);
    // RFC 5321 §3.8: 421 ends the session and says nothing about the message.
    const lost = this.broken !== null || this.destroyed || response === undefined || response.startsWith('421');
    if (lost) {
      this.abandon(error);
      return { broken: Object.assign(error, response === undefined ? {} : { response }), phase };
    }
    // A transaction that was opened and refused is still open (RFC 5321 §4.1.1.5); one that ended with its content is not.
    if (!this.#contentSent) await this.#clear();
    return { replies: this.#replies(response, rejected) };
  }

  #clear(): Promise<void> {
    return new Promise((resolve) => {
      this.once('end', () => resolve());
      this.reset((error) => {
        if (error !== null) this.abandon(error);
        resolve();
      });
    });
  }

  /** The reply to the end of data counts for every recipient that was not refused before it. */
  #replies(final: string, rejected: readonly RejectedError[]): string[] {
    const replies = new Array<string>(this.#lines?.recipients.length ?? 0).fill(final);
    for (const { recipient, response } of rejected) {
      const i = Number(recipient);
      if (recipient !== undefined && response !== undefined && i < replies.length) replies[i] = response;
    }
    return replies;
  }

  /** nodemailer's hook for every command. */
  _sendCommand(command: string, shown?: string): void {
    let line = command;
    if (this.#lines !== null) {
      if (command.startsWith('MAIL FROM:')) {
        (this._socket as Duplex & Socket).setTimeout(this.#timeouts.command);
        line = `MAIL FROM:${this.#lines.mail}`;
      } else if (command.startsWith('RCPT TO:<'))
        line = `RCPT TO:${this.#lines.recipients[Number.parseInt(command.slice(9), 10)] ?? ''}`;
    }
    parent._sendCommand.call(this, line, shown);
  }

  /** nodemailer's hook where content begins: from here other timeouts count (RFC 5321 §4.5.3.2.5 and §4.5.3.2.6). */
  _createSendStream(callback: (error: Error | null, response?: string) => void): Transform {
    const stream = parent._createSendStream.call(this, callback);
    const socket = this._socket as Socket;
    if (this.#small) passPlainPieces(stream);
    this.#contentSent = true;
    socket.setTimeout(this.#timeouts.dataBlock);
    // Content in memory and the dot after it leave together, not in three writes.
    if (this.#small) socket.cork();
    stream.once('end', () => {
      if (this.#small) process.nextTick(() => socket.uncork());
      socket.setTimeout(this.#timeouts.finalDot);
    });
    return stream;
  }
}

/** nodemailer's stream that doubles dots, as far as its own code goes. */
interface DataStream extends Transform {
  inByteCount: number;
  outByteCount: number;
  lastByte: number | false;
}

const [CR, LF, DOT] = [0x0d, 0x0a, 0x2e];

/**
 * Lets a piece through whole when nodemailer, which looks at it octet by octet, would change nothing: no line begins with a dot, and
 * every CR and LF stands beside the other. Found by the runtime's own search it costs a fraction of that.
 */
function passPlainPieces(stream: Transform): void {
  const data = stream as DataStream;
  const slow = stream._transform.bind(stream);
  stream._transform = (chunk: Buffer, encoding, done) => {
    if (data.lastByte !== false || !isPlain(chunk)) return slow(chunk, encoding, done);
    data.inByteCount += chunk.length;
    data.outByteCount += chunk.length;
    data.lastByte = chunk[chunk.length - 1] ?? false;
    stream.push(chunk);
    done();
  };
}

function isPlain(content: Buffer): boolean {
  if (content.length === 0 || content[0] === DOT || content[content.length - 1] === CR) return false;
  if (content.includes('\n.')) return false;
  // Both are searched line by line: each CR must be before the next LF, and right before it.
  for (let at = 0; at < content.length;) {
    const lf = content.indexOf(LF, at);
    const cr = content.indexOf(CR, at);
    if (lf < 0 && cr < 0) return true;
    if (lf !== cr + 1 || cr < 0) return false;
    at = lf + 1;
  }
  return true;
}

/** What nodemailer's declarations leave out. */
const parent = SMTPConnection.prototype as unknown as {
  _sendCommand(this: SMTPConnection, command: string, shown?: string): void;
  _createSendStream(this: SMTPConnection, callback: (error: Error | null, response?: string) => void): Transform;
};
