import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mail, withMessages } from '../testing/mail.ts';
import { SessionDriver } from '../testing/session-driver.ts';

test('UIDONLY: no sequence number goes either way (IMAP-UIDONLY-1)', async () => {
  const driver = new SessionDriver({ backend: withMessages('one', 'two', 'three'), limits: { errors: 100 } });
  await driver.command('LOGIN user pass');
  assert.match(await driver.command('ENABLE UIDONLY'), /\* ENABLED UIDONLY/);
  assert.doesNotMatch(await driver.command('SELECT INBOX'), /\[UNSEEN/);
  const refused = [
    'FETCH 1 FLAGS',
    'STORE 1 +FLAGS \\Seen',
    'COPY 1 Sent',
    'MOVE 1 Sent',
    'SEARCH ALL',
    'SORT (DATE) UTF-8 ALL',
    'THREAD REFERENCES UTF-8 ALL',
    'UID SEARCH 1:*',
    'UID SEARCH NOT (OR SEEN 1)',
    'UID SORT (DATE) UTF-8 1',
    'REPLACE 1 INBOX {1+}\r\nx',
  ];
  for (const command of refused) assert.match(await driver.command(command), /^c\d+ BAD \[UIDREQUIRED\]/, command);
  assert.match(await driver.command('UID FETCH 2 (FLAGS UID)'), /^\* 2 UIDFETCH \(FLAGS \([^)]*\) UID 2\)\r\n/);
  assert.match(await driver.command('UID FETCH 2 FLAGS'), /^\* 2 UIDFETCH \(FLAGS \([^)]*\)\)\r\n/);
  assert.match(await driver.command('UID STORE 3 +FLAGS \\Deleted'), /^\* 3 UIDFETCH \(FLAGS \(\\Deleted/);
  assert.match(await driver.command('UID SEARCH RETURN (SAVE COUNT) UID 2:3'), /COUNT 2/);
  assert.match(await driver.command('UID SEARCH $'), /\* SEARCH 2 3\r\n/);
  assert.match(await driver.command('EXPUNGE'), /^\* VANISHED 3\r\n/);
  driver.backend.deliver('INBOX', mail('four'), ['\\Flagged']);
  assert.match(await driver.command('NOOP'), /^\* 3 EXISTS[^]*\* 4 UIDFETCH \(FLAGS \(\\Flagged/);
  await driver.command('ENABLE QRESYNC');
  assert.match(await driver.command('SELECT INBOX (QRESYNC (1 1 1:4 (1:2 1:2)))'), /BAD \[UIDREQUIRED\]/);
  assert.match(await driver.command('SELECT INBOX (QRESYNC (1 4))'), /VANISHED \(EARLIER\) 3\r\n\* 4 UIDFETCH/);
  await driver.end();
});

test('MESSAGELIMIT: the newest are done, the client is told where it stopped (IMAP-MSGLIMIT-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('a', 'b', 'c', 'd'), limits: { messages: 2 } });
  assert.match(await driver.command('CAPABILITY'), / MESSAGELIMIT=2/);
  assert.match(
    await driver.command('FETCH 1:* UID'),
    /^\* 3 FETCH \(UID 3\)\r\n\* 4 FETCH \(UID 4\)\r\nc\d+ OK \[MESSAGELIMIT 2 3\]/,
  );
  assert.match(await driver.command('UID STORE 1:3 +FLAGS.SILENT \\Deleted'), /OK \[MESSAGELIMIT 2 2\]/);
  assert.match(await driver.command('UID SEARCH ALL'), /\* SEARCH 3 4\r\nc\d+ OK \[MESSAGELIMIT 2 3\]/);
  assert.match(await driver.command('UID SEARCH UIDBEFORE 3'), /\* SEARCH 1 2\r\nc\d+ OK UID/);
  assert.match(await driver.command('COPY 1:3 Sent'), /NO \[MESSAGELIMIT 2\]/);
  assert.match(await driver.command('MOVE 1:3 Sent'), /\* 3 EXPUNGE\r\n\* 2 EXPUNGE\r\nc\d+ OK \[MESSAGELIMIT 2 2\]/);
  assert.match(await driver.command('APPEND Sent {1+}\r\na {1+}\r\nb {1+}\r\nc'), /NO \[MESSAGELIMIT 2\]/);
  await driver.end();
});

test('INPROGRESS while the store works (IMAP-PROGRESS-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('a'), limits: { progressInterval: 15 } });
  const search = driver.backend.search.bind(driver.backend);
  driver.backend.search = async (mailboxId, key, progress?: (done: number, of: number) => void) => {
    await driver.until(/INPROGRESS \("c3" NIL NIL\)/);
    progress?.(175, 1000);
    await driver.until(/INPROGRESS \("c3" 175 1000\)/);
    return search(mailboxId, key);
  };
  const answer = await driver.command('SEARCH ALL');
  assert.match(
    answer,
    /^\* OK \[INPROGRESS \("c3" NIL NIL\)\] [^]*\* OK \[INPROGRESS \("c3" 175 1000\)\] [^]*\* SEARCH 1\r\nc3 OK/,
  );
  await driver.end();
});
