import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionDriver } from '../testing/session-driver.ts';

async function signedIn(): Promise<SessionDriver> {
  const driver = new SessionDriver({ compress: true });
  await driver.command('LOGIN user pass');
  return driver;
}

test('compression begins right behind the tagged OK, and only once (IMAP-COMPRESS-1)', async () => {
  const driver = await signedIn();
  assert.match(await driver.command('CAPABILITY'), / COMPRESS=DEFLATE /);
  assert.match(await driver.command('COMPRESS LZMA'), /BAD/);
  assert.match(await driver.command('COMPRESS'), /BAD/);
  assert.match(await driver.command('compress deflate'), /^c\d+ OK [^\r\n]*\r\n<deflate>$/);
  assert.match(await driver.command('COMPRESS DEFLATE'), /^c\d+ NO \[COMPRESSIONACTIVE\] .*COMPRESS\r\n$/);
  assert.doesNotMatch(await driver.command('CAPABILITY'), /COMPRESS/);
  await driver.end();
});

test('nothing is compressed before signing in, nor where the connection cannot (IMAP-COMPRESS-1)', async () => {
  const driver = new SessionDriver({ compress: true });
  assert.match(await driver.command('CAPABILITY'), / COMPRESS=DEFLATE /);
  assert.match(await driver.command('COMPRESS DEFLATE'), /BAD/);
  await driver.end();
  const plain = await SessionDriver.selected();
  assert.doesNotMatch(await plain.command('CAPABILITY'), /COMPRESS/);
  assert.match(await plain.command('COMPRESS DEFLATE'), /NO \[CANNOT\]/);
  await plain.end();
});

test('commands sent behind COMPRESS without waiting turn it down, and are done (IMAP-COMPRESS-2)', async () => {
  const driver = await signedIn();
  driver.send('a COMPRESS DEFLATE\r\nb NOOP\r\n');
  await driver.until(/^b OK/m);
  assert.match(driver.take(), /^a BAD [^\r\n]*\r\nb OK [^\r\n]*\r\n$/);
  await driver.end();
});

test('what the client sends at once after the OK is not taken for plain octets (IMAP-COMPRESS-2)', async () => {
  let full = false;
  let drain: () => void = () => undefined;
  const slow = (): Promise<void> =>
    full
      ? new Promise((resolve) => {
          drain = resolve;
        })
      : Promise.resolve();
  const driver = new SessionDriver({ compress: true, slow });
  await driver.command('LOGIN user pass');
  full = true;
  driver.send('b COMPRESS DEFLATE\r\n');
  await driver.until(/^b OK/m);
  // the socket has no room, and yet everything that comes from now on is read as compressed
  assert.match(driver.take(), /^b OK [^\r\n]*\r\n<deflate>$/);
  full = false;
  drain();
  assert.match(await driver.command('NOOP'), /OK/);
  await driver.end();
});

test('UNAUTHENTICATE leaves the compression as it is (IMAP-COMPRESS-3)', async () => {
  const driver = await signedIn();
  await driver.command('COMPRESS DEFLATE');
  assert.match(await driver.command('UNAUTHENTICATE'), /OK/);
  assert.doesNotMatch(await driver.command('CAPABILITY'), /COMPRESS/);
  await driver.command('LOGIN user pass');
  assert.match(await driver.command('COMPRESS DEFLATE'), /NO \[COMPRESSIONACTIVE\]/);
  await driver.end();
});
