import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Ledger, Shown } from './ledger.ts';

/** Knows the certificate from before and the one that took its place. */
export class Certificates {
  readonly #ledger: Ledger;
  readonly #old: string;
  #new: string | null = null;

  constructor(ledger: Ledger, old: string) {
    this.#ledger = ledger;
    this.#old = old;
  }

  /** What a client trusts: each certificate is its own authority. */
  get trusted(): readonly string[] {
    return this.#new === null ? [this.#old] : [this.#old, this.#new];
  }

  replaced(pem: string): void {
    this.#new = pem;
  }

  showed(door: string, at: number, certificate: Buffer): void {
    const is = (pem: string | null) => pem !== null && new X509Certificate(pem).raw.equals(certificate);
    const which: Shown['certificate'] = is(this.#new) ? 'new' : is(this.#old) ? 'old' : 'other';
    this.#ledger.shown.push({ door, at, certificate: which });
  }
}

/** Connects to a door with TLS from the first octet, several times a second, only to see its certificate. */
export async function looker(
  options: { readonly door: string; readonly port: number; readonly ledger: Ledger; readonly signal: AbortSignal },
  certificates: Certificates,
): Promise<void> {
  const { door, port, ledger, signal } = options;
  while (!signal.aborted) {
    const at = performance.now();
    const socket = connect({ port, host: '127.0.0.1', ca: [...certificates.trusted], servername: 'localhost' });
    try {
      await once(socket, 'secureConnect', { signal: AbortSignal.timeout(10_000) });
      certificates.showed(door, at, socket.getPeerCertificate().raw);
      // A client that has what it wants; the server may still be writing its greeting.
      socket.on('error', () => undefined).end();
    } catch (error) {
      ledger.trouble(`looker at ${door}`, { kind: 'imap-closed', stage: 'connecting', told: false }, error);
      socket.on('error', () => undefined).destroy();
    }
    await sleep(300);
    socket.destroy();
  }
}
