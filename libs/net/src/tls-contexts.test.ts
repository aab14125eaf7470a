import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testCertificate } from './testing/index.ts';
import { TlsContexts } from './tls-contexts.ts';

test('names come from the certificates; a changed file is reloaded; a broken one leaves the old in place', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postroad-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const put = async (domain: 'mx.postroad.test' | 'other.test'): Promise<void> => {
    await copyFile(testCertificate(domain).key, files.key);
    await copyFile(testCertificate(domain).cert, files.cert);
  };
  await put('mx.postroad.test');
  const errors: Error[] = [];
  let reloaded: (names: readonly string[]) => void = () => undefined;
  const contexts = await TlsContexts.load({
    certificates: [files],
    pollMs: 20,
    onError: (error) => errors.push(error),
    onReload: (names) => {
      reloaded(names);
    },
  });
  t.after(() => {
    contexts.close();
  });
  assert.equal(contexts.find('MX.postroad.test'), contexts.fallback);
  assert.equal(contexts.find('stranger.test'), contexts.fallback);
  const old = contexts.fallback;
  const names = new Promise<readonly string[]>((resolve) => {
    reloaded = (found) => {
      if (found.includes('other.test')) resolve(found);
    };
  });
  await put('other.test');
  assert.deepEqual(await names, ['other.test', '*.other.test']);
  assert.notEqual(contexts.fallback, old);
  const still = await TlsContexts.load({ certificates: [files], pollMs: 0 });
  const good = still.fallback;
  await writeFile(files.key, 'nonsense');
  await assert.rejects(still.reload());
  assert.equal(still.fallback, good);
});

test('no certificate, or a missing file, is an error at start', async () => {
  await assert.rejects(TlsContexts.load({ certificates: [] }), /no certificate/);
  await assert.rejects(TlsContexts.load({ certificates: [{ cert: '/nowhere', key: '/nowhere' }] }));
});
