import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { makeCertificate } from '../certificate.ts';
import { session } from './imap-session.ts';
import { Ledger } from './ledger.ts';
import { sender } from './sender.ts';
import { SmtpWire } from './smtp-wire.ts';

const dir = mkdtempSync(join(tmpdir(), 'postroad-upgrade-test-'));
process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
const cert = await makeCertificate(dir, ['localhost']);
const key = readFileSync(join(dir, 'key.pem'));

/** A server that greets and then answers every line as told; `n` counts connections from 1. Resolves to its port. */
async function scripted(
  t: TestContext,
  greeting: string,
  answer: (line: string, n: number, socket: TLSSocket) => string | null,
): Promise<number> {
  let connections = 0;
  const server = createServer({ key, cert }, (socket) => {
    const n = ++connections;
    let text = '';
    socket.on('error', () => undefined).write(`${greeting}\r\n`);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = `${text}${chunk}`.split('\r\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const said = answer(line, n, socket);
        if (said !== null && !socket.destroyed) socket.write(`${said}\r\n`);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('a message that is put off or cut is sent again under a new id, and each way of failing is told apart', async (t) => {
  const stop = new AbortController();
  let inContent = false;
  const port = await scripted(t, '220 test', (line, n, socket) => {
    if (inContent && line !== '.') return null;
    const content = inContent;
    inContent = line === 'DATA';
    if (content && n === 2) return (socket.destroy(), null);
    if (content && n === 3) return '451 4.3.0 later';
    if (content) return (stop.abort(), '250 taken');
    if (line.startsWith('EHLO')) return '250-test\r\n250 SIZE';
    if (line.startsWith('RCPT') && n === 1) return (socket.end('421 4.3.2 going down\r\n'), null);
    return inContent ? '354 go on' : '250 fine';
  });
  const ledger = new Ledger();
  await sender({
    ...{ name: 's', ledger, login: null, rate: 1_000, places: () => ['a@x.test'], trusted: () => [cert] },
    door: { name: 'door', port, implicitTls: true },
    showed: (door, at) => ledger.shown.push({ door, at, certificate: 'old' }),
    signal: stop.signal,
  });
  assert.deepEqual(
    ledger.attempts.map(({ id, outcome }) => `${id} ${outcome}`),
    ['u1 refused', 'u2 unanswered', 'u3 refused', 'u4 accepted'],
  );
  assert.deepEqual(
    ledger.troubles.map(({ happening }) => happening),
    [
      { kind: 'smtp-reply', code: 421, stage: 'transaction' },
      { kind: 'smtp-closed', stage: 'content sent', told: false },
      { kind: 'smtp-reply', code: 451, stage: 'content sent' },
    ],
  );
  assert.equal(ledger.shown.length, 4);
  assert.equal(ledger.missing, 1);
  ledger.see('a@x.test', 'u4');
  assert.equal(ledger.missing, 0);
});

test('a certificate that is not trusted is no way to send', async (t) => {
  const port = await scripted(t, '220 test', () => '250 fine');
  const other = await makeCertificate(mkdtempSync(join(dir, 'other-')), ['localhost']);
  const door = { name: 'door', port, implicitTls: true };
  const wire = new SmtpWire(port);
  await assert.rejects(wire.open(door, [other], null), /self-signed/);
  assert.equal(wire.stage, 'connecting');
  wire.close();
  // As after a change of certificates, when old ones are trusted as well.
  const both = new SmtpWire(port);
  const raw = await both.open(door, [other, cert], null);
  assert.ok(new X509Certificate(cert).raw.equals(raw));
  both.close();
});

test('a connection that ends after BYE, one that ends without a word, and a command that fails', async (t) => {
  const port = await scripted(t, '* OK test', (line, n, socket) => {
    const [tag = '', verb] = line.split(' ');
    if (verb === 'NOOP' && n === 1) return (socket.end('* BYE going down\r\n'), null);
    if (verb === 'NOOP' && n === 2) return (socket.end(), null);
    if (verb === 'NOOP' && n === 3) return `${tag} NO not now`;
    return `${tag} OK done`;
  });
  const ledger = new Ledger();
  const account = { address: 'a@x.test', password: 'p' };
  const noop = () => session({ name: 'c', ledger, port, account }, async (open) => void (await open.command('NOOP')));
  assert.deepEqual([await noop(), await noop(), await noop(), await noop()], [false, false, false, true]);
  assert.deepEqual(
    ledger.troubles.map(({ happening }) => happening),
    [
      { kind: 'imap-closed', stage: 'session', told: true },
      { kind: 'imap-closed', stage: 'session', told: false },
      { kind: 'imap-reply', status: 'NO' },
    ],
  );
});

test('a certificate that is made again replaces both files by renaming', async () => {
  const inode = () => statSync(join(dir, 'cert.pem')).ino;
  const before = inode();
  const renewed = await makeCertificate(dir, ['localhost']);
  assert.notEqual(renewed, cert);
  assert.equal(readFileSync(join(dir, 'cert.pem'), 'utf8'), renewed);
  assert.notEqual(inode(), before);
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.endsWith('.new')),
    [],
  );
});
