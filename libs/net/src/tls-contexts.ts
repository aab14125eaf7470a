import { X509Certificate } from 'node:crypto';
import { watchFile, unwatchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface CertificateFiles {
  /** PEM: the certificate and its chain. */
  readonly cert: string;
  /** PEM: the private key. */
  readonly key: string;
}

export interface TlsContextsOptions {
  /** The first one serves clients that name no domain, or one we have no certificate for. */
  readonly certificates: readonly CertificateFiles[];
  /** How often the files are looked at, in ms; 0: only {@link TlsContexts.reload}. Polling sees the renames of ACME clients and mounted secrets. */
  readonly pollMs?: number;
  /** A reload that failed; the certificates in use stay. */
  readonly onError?: (error: Error) => void;
  readonly onReload?: (names: readonly string[]) => void;
}

/** A certificate that is served now. */
export interface CertificateInUse {
  /** The first of its DNS names. */
  readonly name: string;
  /** Its end (notAfter), seconds since the epoch. */
  readonly notAfter: number;
}

interface Loaded {
  readonly inUse: readonly CertificateInUse[];
  readonly fallback: SecureContext;
  readonly byName: ReadonlyMap<string, SecureContext>;
}

/** TLS contexts by domain (SNI, RFC 6066 §3), from the names in the certificates themselves; reloaded when the files change. */
export class TlsContexts {
  readonly #options: TlsContextsOptions;
  #loaded: Loaded;

  private constructor(options: TlsContextsOptions, loaded: Loaded) {
    this.#options = options;
    this.#loaded = loaded;
    const pollMs = options.pollMs ?? 5000;
    if (pollMs > 0)
      for (const file of this.#files()) watchFile(file, { interval: pollMs, persistent: false }, this.#changed);
  }

  /** @throws when a file cannot be read, or a key does not belong to its certificate */
  static async load(options: TlsContextsOptions): Promise<TlsContexts> {
    return new TlsContexts(options, await load(options.certificates));
  }

  get fallback(): SecureContext {
    return this.#loaded.fallback;
  }

  /** The context for a name from SNI, exact or by wildcard; otherwise the first certificate. */
  find(servername: string): SecureContext {
    const { byName, fallback } = this.#loaded;
    const name = servername.toLowerCase();
    return byName.get(name) ?? byName.get(`*${name.slice(Math.max(0, name.indexOf('.')))}`) ?? fallback;
  }

  get inUse(): readonly CertificateInUse[] {
    return this.#loaded.inUse;
  }

  /** Reads the files again. Sessions keep what they have; new handshakes get the new certificates. */
  async reload(): Promise<void> {
    this.#loaded = await load(this.#options.certificates);
    this.#options.onReload?.([...this.#loaded.byName.keys()]);
  }

  close(): void {
    for (const file of this.#files()) unwatchFile(file, this.#changed);
  }

  #files(): string[] {
    return this.#options.certificates.flatMap(({ cert, key }) => [cert, key]);
  }

  readonly #changed = (): void => {
    // Certificate and key change one after the other: a pair that does not match yet is tried again at the next change.
    this.reload().catch((error: unknown) => {
      this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
    });
  };
}

async function load(certificates: readonly CertificateFiles[]): Promise<Loaded> {
  const byName = new Map<string, SecureContext>();
  const inUse: CertificateInUse[] = [];
  let fallback: SecureContext | null = null;
  for (const files of certificates) {
    const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)]);
    const context = createSecureContext({ cert, key, minVersion: 'TLSv1.2', honorCipherOrder: true });
    fallback ??= context;
    const certificate = new X509Certificate(cert);
    const names = namesOf(certificate);
    for (const name of names) if (!byName.has(name)) byName.set(name, context);
    inUse.push({ name: names[0] ?? files.cert, notAfter: certificate.validToDate.getTime() / 1_000 });
  }
  if (fallback === null) throw new Error('no certificate is configured');
  return { inUse, fallback, byName };
}

/** DNS names of a certificate (RFC 6125 §6.4.4: the common name only when there are none). */
function namesOf(certificate: X509Certificate): string[] {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].map((match) => match[1] ?? '');
  const common = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  const all = names.length > 0 ? names : common === undefined ? [] : [common];
  return all.map((name) => name.toLowerCase());
}
