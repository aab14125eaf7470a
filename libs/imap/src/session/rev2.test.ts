import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mail, withMessages } from '../testing/mail.ts';
import { SessionDriver } from '../testing/session-driver.ts';

async function rev2(...subjects: string[]): Promise<SessionDriver> {
  const driver = new SessionDriver({ backend: withMessages(...subjects) });
  await driver.command('LOGIN user pass');
  assert.match(await driver.command('ENABLE imap4REV2'), /\* ENABLED IMAP4rev2\r\n/);
  return driver;
}

test('IMAP4rev2 has no RECENT and no UNSEEN code; SELECT tells the name and the mailbox closed (IMAP-REV2-1)', async () => {
  const driver = await rev2('one');
  const selected = await driver.command('SELECT inbox');
  assert.doesNotMatch(selected, /RECENT|\[UNSEEN|CLOSED/);
  assert.match(selected, /\* LIST \(\) "\/" "INBOX" \("OLDNAME" \("inbox"\)\)\r\n/);
  assert.match(selected, /\[MAILBOXID \(F1\)\]/);
  assert.match(await driver.command('SELECT Sent'), /^\* OK \[CLOSED\][^]*\* LIST \(\\Sent\) "\/" "Sent"\r\n/);
  await driver.command('SELECT INBOX');
  driver.backend.deliver('INBOX', mail('two'));
  assert.match(await driver.command('NOOP'), /^\* 2 EXISTS\r\nc\d+ OK/);
  assert.match(await driver.command('FETCH 1 FLAGS'), /FLAGS \(\)/);
  // \Recent was left for a session of IMAP4rev1
  assert.equal(driver.backend.boxes.get('INBOX')?.recentFrom, 1);
  await driver.end();
});

test('IMAP4rev2 answers SEARCH by ESEARCH (IMAP-REV2-2)', async () => {
  const driver = await rev2('one', 'two');
  await driver.command('SELECT INBOX');
  assert.match(await driver.command('SEARCH ALL'), /^\* ESEARCH \(TAG "c4"\) ALL 1:2\r\n/);
  assert.match(await driver.command('UID SEARCH SUBJECT none'), /^\* ESEARCH \(TAG "c5"\) UID\r\n/);
  await driver.end();
});

test('IMAP4rev2 names mailboxes in UTF-8, `&` is no shift (IMAP-REV2-3)', async () => {
  const driver = await rev2();
  assert.match(await driver.command('CREATE "\xc3\xa4&-x"'), /OK \[MAILBOXID \(F3\)\]/);
  assert.ok(driver.backend.boxes.has('ä&-x'));
  assert.match(await driver.command('LIST "" *'), /"\xc3\xa4&-x"\r\n/);
  assert.match(await driver.command('STATUS "\xc3\xa4&-x" (SIZE DELETED)'), /"\xc3\xa4&-x" \(SIZE 0 DELETED 0\)/);
  assert.match(
    await driver.command('RENAME "\xc3\xa4&-x" b'),
    /^\* LIST \(\) "\/" "b" \("OLDNAME" \("\xc3\xa4&-x"\)\)/,
  );
  // a name in decomposed form is made composed, and the client told (RFC 9051 §6.3.4)
  assert.match(
    await driver.command('CREATE "a\xcc\x88"'),
    /^\* LIST \(\) "\/" "\xc3\xa4" \("OLDNAME" \("a\xcc\x88"\)\)/,
  );
  const rev1 = new SessionDriver({ backend: driver.backend });
  await rev1.command('LOGIN user pass');
  assert.match(await rev1.command('LIST "" *'), /"&AOQ-"/);
  await rev1.end();
  await driver.end();
});

test('UTF8=ACCEPT: names in UTF-8, no CHARSET in SEARCH (IMAP-UTF8-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('\u00e4') });
  assert.match(await driver.command('ENABLE UTF8=ACCEPT'), /\* ENABLED UTF8=ACCEPT/);
  await driver.command('CREATE "\xc3\xa4"');
  assert.match(await driver.command('LIST "" *'), /"\xc3\xa4"\r\n/);
  assert.match(await driver.command('SEARCH CHARSET UTF-8 ALL'), /BAD/);
  assert.match(await driver.command('SEARCH SUBJECT "\xc3\xa4"'), /\* SEARCH 1\r\n/);
  await driver.end();
});

test('\\Recent is told to one session, and counted (IMAP-RECENT-1)', async () => {
  const backend = withMessages('one', 'two');
  const peek = new SessionDriver({ backend });
  await peek.command('LOGIN user pass');
  assert.match(await peek.command('STATUS INBOX (RECENT)'), /RECENT 2/);
  assert.match(await peek.command('EXAMINE INBOX'), /\* 2 RECENT/);
  assert.match(await peek.command('STATUS INBOX (RECENT)'), /RECENT 2/);
  const first = await SessionDriver.selected({ backend });
  const second = await SessionDriver.selected({ backend });
  assert.match(
    await first.command('FETCH 1:* FLAGS'),
    /1 FETCH \(FLAGS \(\\Recent\)\)[^]*2 FETCH \(FLAGS \(\\Recent\)\)/,
  );
  assert.doesNotMatch(await second.command('FETCH 1:* FLAGS'), /Recent/);
  assert.match(await first.command('SEARCH RECENT'), /SEARCH 1 2\r\n/);
  assert.match(await first.command('SEARCH OLD'), /SEARCH\r\n/);
  assert.match(await second.command('SEARCH OLD'), /SEARCH 1 2\r\n/);
  backend.deliver('INBOX', mail('three'));
  assert.match(await second.command('NOOP'), /\* 3 EXISTS\r\n\* 1 RECENT/);
  assert.match(await first.command('NOOP'), /\* 3 EXISTS\r\n\* 2 RECENT/);
  assert.match(await second.command('SEARCH NEW'), /SEARCH 3\r\n/);
  assert.match(await first.command('STATUS INBOX (RECENT)'), /RECENT 2/);
  assert.match(await peek.command('STATUS Sent (RECENT)'), /RECENT 0/);
  for (const driver of [peek, first, second]) await driver.end();
});
