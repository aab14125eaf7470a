import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { reply } from '@postroad/smtp';
import { certificateExpiry } from '../certificate-expiry.ts';
import { RawClient, testCertificate } from '../testing/index.ts';
import { TlsContexts } from '../tls-contexts.ts';
import { listenSmtp } from './smtp-listener.ts';

const OK = reply(250, '2.0.0', 'OK');

/** Puts a certificate in place as kubelet does with a secret: a new folder, then `..data` is replaced in one rename. */
function mount(folder: string, domain: 'mx.postroad.test' | 'other.test', version: string): void {
  const files = testCertificate(domain);
  mkdirSync(join(folder, version));
  copyFileSync(files.cert, join(folder, version, 'tls.crt'));
  copyFileSync(files.key, join(folder, version, 'tls.key'));
  symlinkSync(version, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

test('a mounted secret is swapped: new handshakes see the new certificate, open sessions live on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postroad-secret-'));
  mount(folder, 'mx.postroad.test', '..2026_01');
  for (const file of ['tls.crt', 'tls.key']) symlinkSync(join('..data', file), join(folder, file));
  const certificates = [{ cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }];
  const tls = await TlsContexts.load({ certificates, pollMs: 20 });
  const handler = { mail: () => null, rcpt: () => null, data: () => Promise.resolve(OK) };
  const common = { host: '127.0.0.1', port: 0, hostname: 'mx.postroad.test', handler, tls };
  const [plain, implicit] = [await listenSmtp(common), await listenSmtp({ ...common, implicitTls: true })];
  assert.deepEqual(
    certificateExpiry(tls.inUse).map(({ labels }) => labels.name),
    ['mx.postroad.test'],
  );

  const old = await RawClient.open(plain.port);
  await old.reply();
  for (const line of ['EHLO c.test', 'STARTTLS']) assert.match(await old.say(line), /^2/);
  assert.equal(await old.startTls('mx.postroad.test'), 'mx.postroad.test');
  for (const line of ['EHLO c.test', 'MAIL FROM:<a@x.test>']) assert.match(await old.say(line), /^250/);
  const waiting = await RawClient.open(plain.port);
  await waiting.reply();
  await waiting.say('EHLO c.test');

  mount(folder, 'other.test', '..2026_02');
  rmSync(join(folder, '..2026_01'), { recursive: true });
  const until = Date.now() + 5_000;
  while (tls.inUse[0]?.name !== 'other.test' && Date.now() < until) await sleep(10);
  assert.deepEqual(certificateExpiry(tls.inUse), [
    { labels: { name: 'other.test' }, value: Date.UTC(2076, 2, 5, 15, 8, 42) / 1_000 },
  ]);

  // A session of before the swap: its connection goes on, and one that asks for TLS only now gets the new one.
  assert.match(await old.say('RCPT TO:<b@y.test>'), /^250/);
  await waiting.say('STARTTLS');
  assert.equal(await waiting.startTls('mx.postroad.test'), 'other.test');
  const fresh = await RawClient.open(implicit.port);
  assert.equal(await fresh.startTls('mx.postroad.test'), 'other.test');
  assert.match(await fresh.reply(), /^220/);
  for (const client of [old, waiting, fresh]) client.destroy();
  await Promise.all([plain.drain(0), implicit.drain(0)]);
  tls.close();
  rmSync(folder, { recursive: true });
});
