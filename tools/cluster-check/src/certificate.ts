import { randomUUID } from 'node:crypto';
import { chownSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/**
 * A certificate for one run, its own authority, as `cert.pem` and `key.pem` in `dir`; those that are there already are
 * replaced by renaming, as ACME clients do. Resolves to the certificate.
 */
export async function makeCertificate(dir: string, names: readonly string[]): Promise<string> {
  const altNames = [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: '127.0.0.1' }];
  // Of two authorities with one name OpenSSL tries the first only: a client that trusts both needs them apart.
  const subject = [
    { name: 'commonName', value: names[0] ?? 'localhost' },
    { name: 'organizationName', value: randomUUID() },
  ];
  const made = await generate(subject, {
    keyType: 'ec',
    notAfterDate: new Date(Date.now() + 7 * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  const { uid, gid } = statSync(dir);
  const files = [
    { name: 'key.pem', text: made.private, mode: 0o600 },
    { name: 'cert.pem', text: made.cert, mode: 0o644 },
  ].map((file) => ({ ...file, path: join(dir, file.name) }));
  for (const { path, text, mode } of files) {
    writeFileSync(`${path}.new`, text, { mode });
    chownSync(`${path}.new`, uid, gid);
  }
  for (const { path } of files) renameSync(`${path}.new`, path);
  return made.cert;
}
