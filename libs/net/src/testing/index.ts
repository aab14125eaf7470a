/** Helpers for the tests of everything that listens. */
import { join } from 'node:path';
import { TlsContexts, type CertificateFiles } from '../tls-contexts.ts';

export { MemorySpool, type StoredMessage } from './memory-spool.ts';
export { RawClient } from './raw-client.ts';

/** A certificate with a public key and a public private key, for `domain` and `*.domain`. */
export function testCertificate(domain: 'mx.postroad.test' | 'other.test' = 'mx.postroad.test'): CertificateFiles {
  return { cert: join(import.meta.dirname, `${domain}.crt`), key: join(import.meta.dirname, `${domain}.key`) };
}

export function testTls(): Promise<TlsContexts> {
  return TlsContexts.load({ certificates: [testCertificate(), testCertificate('other.test')], pollMs: 0 });
}
