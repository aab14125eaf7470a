import { existsSync, writeFileSync } from 'node:fs';
import { generate } from 'selfsigned';
import type { Home } from './home.ts';

const DAY_MS = 86_400_000;

export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
  /** What a client must trust: the certificate is its own authority. */
  readonly ca: string;
}

/** A certificate for trying things out, made at the first start: for localhost and the first domain, good for two years. */
export async function ensureCertificate(home: Home, domain: string): Promise<CertificatePaths> {
  const paths = {
    cert: home.path('certs', 'cert.pem'),
    key: home.path('certs', 'key.pem'),
    ca: home.path('certs', 'cert.pem'),
  };
  if (existsSync(paths.cert) && existsSync(paths.key)) return paths;
  const names = ['localhost', domain, `mail.${domain}`];
  const made = await generate([{ name: 'commonName', value: `mail.${domain}` }], {
    keyType: 'ec',
    notAfterDate: new Date(Date.now() + 730 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  writeFileSync(paths.key, made.private, { mode: 0o600 });
  writeFileSync(paths.cert, made.cert, { mode: 0o644 });
  return paths;
}
