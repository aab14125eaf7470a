import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate for one run, its own authority, as `cert.pem` and `key.pem` in `dir`. Resolves to the certificate. */
export async function makeCertificate(dir: string, names: readonly string[]): Promise<string> {
  const altNames = [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: '127.0.0.1' }];
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keyType: 'ec',
    notAfterDate: new Date(Date.now() + 7 * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  writeFileSync(join(dir, 'key.pem'), made.private, { mode: 0o600 });
  writeFileSync(join(dir, 'cert.pem'), made.cert, { mode: 0o644 });
  return made.cert;
}
