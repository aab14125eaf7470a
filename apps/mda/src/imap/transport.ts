import type { Transport } from '@postroad/imap';
import type { TlsContexts } from '@postroad/net';
import type { Socket } from 'node:net';
import { createHash, X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { Compression } from './compression.ts';
import type { ImapMeter } from './meter.ts';

export interface SocketTransportOptions {
  /** Present where STARTTLS is offered. */
  readonly startTls: TlsContexts | undefined;
  /** ms a client may leave our octets unread, or a TLS handshake unfinished. */
  readonly writeTimeout: number;
  readonly meter?: ImapMeter | undefined;
  readonly onData: (chunk: Uint8Array) => void;
  /** The client sends no more. */
  readonly onEnd: () => void;
  /** What the client sends cannot be read: it is not compressed as it should be. */
  readonly onBroken: () => void;
  /** The connection is closed. */
  readonly onClose: () => void;
}

/** A socket as an IMAP session's transport; STARTTLS swaps the socket underneath, COMPRESS puts a layer on top. */
export class SocketTransport implements Transport {
  readonly startTls?: () => Promise<void>;
  readonly #options: SocketTransportOptions;
  #socket: Socket;
  #compression: Compression | null = null;

  constructor(socket: Socket, options: SocketTransportOptions) {
    this.#options = options;
    this.#socket = socket;
    const { startTls } = options;
    if (startTls) this.startTls = () => this.#upgrade(startTls);
    this.#attach();
  }

  /** RFC 9266, RFC 5929 §4. */
  readonly channelBindings = (type: 'tls-exporter' | 'tls-server-end-point'): Buffer | null => {
    const socket = this.#socket;
    if (!(socket instanceof TLSSocket)) return null;
    if (type === 'tls-exporter')
      // RFC 9266 §4.2: with TLS 1.2 it needs the extended master secret, which cannot be asked for here
      return socket.getProtocol() === 'TLSv1.3'
        ? socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
        : null;
    const certificate = socket.getCertificate();
    return certificate && 'raw' in certificate ? endPointHash(certificate.raw) : null;
  };

  write(bytes: Uint8Array): boolean {
    const { meter } = this.#options;
    if (meter) meter.sent += bytes.length;
    return this.#socket.destroyed || (this.#compression ?? this.#socket).write(bytes);
  }

  drained(): Promise<void> {
    const socket = this.#socket;
    const outlet = this.#compression?.outlet ?? socket;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        outlet.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      // whoever reads so slowly is cut off; the session ends by the close of the socket
      const timer = setTimeout(() => socket.destroy(), this.#options.writeTimeout);
      outlet.once('drain', done);
      socket.once('close', done);
    });
  }

  pause(): void {
    (this.#compression ?? this.#socket).pause();
  }

  resume(): void {
    (this.#compression ?? this.#socket).resume();
  }

  /** RFC 4978. */
  compress(): void {
    const { onData, onEnd, onBroken } = this.#options;
    const socket = this.#socket.off('data', onData).off('end', onEnd);
    const compression = new Compression(socket, { onData, onEnd, onBroken });
    this.#compression = compression;
    socket.once('close', () => {
      compression.destroy();
    });
  }

  /** Sends what is left and closes, at the latest after two seconds. */
  close(): void {
    const socket = this.#socket;
    (this.#compression ?? socket).end();
    setTimeout(() => socket.destroy(), 2000).unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #attach(): void {
    this.#socket
      .on('data', this.#options.onData)
      .once('end', this.#options.onEnd)
      .once('close', this.#options.onClose)
      .on('error', this.#options.onClose);
  }

  #upgrade(contexts: TlsContexts): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners('data').off('end', this.#options.onEnd);
    return new Promise((resolve, reject) => {
      const secured = new TLSSocket(plain, {
        isServer: true,
        secureContext: contexts.fallback,
        SNICallback: (name, done) => {
          done(null, contexts.find(name));
        },
      });
      const timer = setTimeout(() => secured.destroy(), this.#options.writeTimeout);
      let over = false;
      const ended = (protocol: string | null): void => {
        clearTimeout(timer);
        if (!over) this.#options.meter?.door.handshake(protocol);
        over = true;
      };
      const failed = (): void => {
        ended(null);
        plain.destroy();
        reject(new Error('TLS handshake failed'));
      };
      secured.once('_tlsError', failed).once('close', failed).on('error', failed);
      secured.once('secure', () => {
        ended(secured.getProtocol());
        secured.off('close', failed);
        this.#socket = secured;
        this.#attach();
        resolve();
      });
    });
  }
}

/** RFC 5929 §4.1: the hash of the certificate's own signature, SHA-256 in place of the weak ones. */
function endPointHash(certificate: Uint8Array): Buffer | null {
  const { signatureAlgorithm } = new X509Certificate(certificate);
  const name = /sha(256|384|512)/i.exec(signatureAlgorithm ?? '')?.[1];
  if (name === undefined && !/sha1|md5/i.test(signatureAlgorithm ?? '')) return null;
  return createHash(`sha${name ?? '256'}`)
    .update(certificate)
    .digest();
}
