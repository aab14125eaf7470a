import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemoryBackend } from '../testing/memory-backend.ts';
import { mail, withMessages } from '../testing/mail.ts';
import { SessionDriver } from '../testing/session-driver.ts';

/** Seven messages of which 2, 4 and 5 vanished after MODSEQ 8, where 6 was flagged. */
async function changed(): Promise<{ backend: MemoryBackend; driver: SessionDriver }> {
  const backend = withMessages('1', '2', '3', '4', '5', '6', '7');
  await backend.storeFlags(1, [2, 4, 5], { mode: 'add', flags: ['\\Deleted'] });
  await backend.expunge(1);
  await backend.storeFlags(1, [6], { mode: 'add', flags: ['\\Flagged'] });
  const driver = new SessionDriver({ backend });
  await driver.command('LOGIN user pass');
  return { backend, driver };
}

test('SELECT with QRESYNC tells what changed since (IMAP-QRESYNC-1)', async () => {
  const { driver } = await changed();
  assert.match(await driver.command('SELECT INBOX (QRESYNC (1 8))'), /BAD ENABLE QRESYNC/);
  assert.match(await driver.command('ENABLE QRESYNC'), /\* ENABLED QRESYNC\r\n/);
  const resync = await driver.command('SELECT INBOX (QRESYNC (1 8))');
  assert.match(
    resync,
    /\* VANISHED \(EARLIER\) 2,4:5\r\n\* 3 FETCH \(UID 6 FLAGS \(\\Flagged \\Recent\) MODSEQ \(11\)\)/,
  );
  assert.match(resync, /\[HIGHESTMODSEQ 11\]/);
  // known UIDs limit both
  const known = await driver.command('SELECT INBOX (QRESYNC (1 8 1:4))');
  assert.match(known, /^\* OK \[CLOSED\]/);
  assert.match(known, /VANISHED \(EARLIER\) 2,4\r\n(?!.*FETCH)/);
  // another UIDVALIDITY: all is void
  assert.doesNotMatch(await driver.command('SELECT INBOX (QRESYNC (7 8 1:7 (1:3 1,3,6)))'), /VANISHED|FETCH \(UID/);
  assert.match(await driver.command('SELECT INBOX (QRESYNC (1 9 1:7 (1:2 1,3)))'), /VANISHED|OK/);
  for (const bad of ['(1 9 1:*)', '(1)', '(1 9 $)', '(1 9 1:7 (1:2))', '(1 9 (1 *))'])
    assert.match(await driver.command(`SELECT INBOX (QRESYNC ${bad})`), /BAD/, bad);
  await driver.end();
});

test('a store that has forgotten makes all missing UIDs vanish, match data makes them fewer (IMAP-QRESYNC-2)', async () => {
  const { backend, driver } = await changed();
  backend.forgetVanished('INBOX');
  await driver.command('ENABLE QRESYNC');
  assert.match(await driver.command('SELECT INBOX (QRESYNC (1 8))'), /VANISHED \(EARLIER\) 2,4:5\r\n/);
  assert.match(await driver.command('SELECT INBOX (QRESYNC (1 8 1:4294967295))'), /VANISHED \(EARLIER\) 2,4:5\r\n/);
  assert.match(
    await driver.command('SELECT INBOX (QRESYNC (1 8 1:7 (1,3,6 1,3,6)))'),
    /VANISHED \(EARLIER\) 2,4:5\r\n/,
  );
  assert.match(await driver.command('SELECT INBOX (QRESYNC (1 8 1:7 (1:2 1,3)))'), /VANISHED \(EARLIER\) 4:5\r\n/);
  await driver.end();
});

test('VANISHED takes the place of EXPUNGE, and HIGHESTMODSEQ follows it (IMAP-QRESYNC-3)', async () => {
  const backend = withMessages('1', '2', '3', '4', '5');
  const driver = await SessionDriver.selected({ backend });
  await driver.command('ENABLE QRESYNC');
  await driver.command('STORE 1,3 +FLAGS.SILENT \\Deleted');
  assert.match(await driver.command('EXPUNGE'), /^\* VANISHED 1,3\r\nc\d+ OK \[HIGHESTMODSEQ 8\]/);
  assert.match(await driver.command('UID MOVE 2 Sent'), /COPYUID[^]*VANISHED 2\r\nc\d+ OK \[HIGHESTMODSEQ 9\]/);
  await driver.command('STORE 1 +FLAGS.SILENT \\Deleted');
  assert.match(await driver.command('CLOSE'), /^c\d+ OK \[HIGHESTMODSEQ 11\]/);
  await driver.command('SELECT INBOX');
  await driver.command('STORE 1 +FLAGS.SILENT \\Deleted');
  backend.deliver('INBOX', mail('another'));
  // what came in between was not told: the client must not go on from there
  assert.match(await driver.command('CLOSE'), /^c\d+ OK CLOSE/);
  await driver.end();
});

test('UID FETCH with VANISHED (IMAP-QRESYNC-4)', async () => {
  const { backend, driver } = await changed();
  await driver.command('SELECT INBOX');
  assert.match(await driver.command('UID FETCH 1:* (FLAGS) (CHANGEDSINCE 8 VANISHED)'), /BAD/);
  await driver.command('ENABLE QRESYNC');
  assert.match(
    await driver.command('UID FETCH 1:* (FLAGS) (CHANGEDSINCE 8 VANISHED)'),
    /^\* VANISHED \(EARLIER\) 2,4:5\r\n\* 3 FETCH \(UID 6 MODSEQ \(11\) FLAGS \([^)]*\)\)\r\nc\d+ OK/,
  );
  for (const bad of ['FETCH 1 (FLAGS) (CHANGEDSINCE 8 VANISHED)', 'UID FETCH 1 (FLAGS) (VANISHED)'])
    assert.match(await driver.command(bad), /BAD/, bad);
  backend.forgetVanished('INBOX');
  assert.match(await driver.command('UID FETCH 3:4 FLAGS (CHANGEDSINCE 8 VANISHED)'), /^\* VANISHED \(EARLIER\) 4\r\n/);
  await driver.end();
});

test('a session that slept longer than the store remembers finds out what is gone (IMAP-QRESYNC-5)', async () => {
  const backend = withMessages('1', '2', '3');
  const driver = await SessionDriver.selected({ backend });
  await backend.storeFlags(1, [2], { mode: 'add', flags: ['\\Deleted'] });
  await backend.expunge(1);
  backend.forgetVanished('INBOX');
  backend.deliver('INBOX', mail('4'));
  assert.match(await driver.command('NOOP'), /^\* 2 EXPUNGE\r\n\* 3 EXISTS/);
  assert.match(await driver.command('FETCH 1:* UID'), /1 FETCH \(UID 1\)[^]*2 FETCH \(UID 3\)[^]*3 FETCH \(UID 4\)/);
  await driver.end();
});
