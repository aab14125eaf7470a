import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withMessages } from '../testing/mail.ts';
import { SessionDriver } from '../testing/session-driver.ts';

test('CREATE with a special use (IMAP-CREATE-1)', async () => {
  const driver = await SessionDriver.selected();
  assert.match(await driver.command('CREATE Entw (USE (\\drafts))'), /OK \[MAILBOXID \(F3\)\]/);
  assert.match(await driver.command('LIST (SPECIAL-USE) "" *'), /\(\\HasNoChildren \\Drafts\) "\/" "Entw"/);
  for (const use of ['\\All', '\\Flagged', '\\Nonsense', '\\Sent \\Trash'])
    assert.match(await driver.command(`CREATE x (USE (${use}))`), /NO \[USEATTR\]/, use);
  driver.backend.create = () => Promise.reject(Object.assign(new Error('x'), { code: 'CANNOT' }));
  assert.match(await driver.command('CREATE y (USE (\\Trash))'), /NO \[USEATTR\]/);
  assert.match(await driver.command('CREATE y'), /NO \[CANNOT\]/);
  assert.match(await driver.command('CREATE INBOX'), /NO \[ALREADYEXISTS\]/);
  assert.match(await driver.command('CREATE z (COLOUR (red))'), /BAD/);
  await driver.end();
});

test('STATUS tells all there is to tell (IMAP-STATUS-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one', 'two') });
  await driver.command('STORE 1 +FLAGS.SILENT (\\Deleted \\Seen)');
  const size = driver.backend.boxes.get('INBOX')?.rows.map((row) => row.content.length) ?? [];
  const [one = 0, two = 0] = size;
  assert.match(
    await driver.command('STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED DELETED-STORAGE SIZE APPENDLIMIT)'),
    new RegExp(
      `MESSAGES 2 UIDNEXT 3 UIDVALIDITY 1 UNSEEN 1 DELETED 1 DELETED-STORAGE ${String(one)} SIZE ${String(one + two)} APPENDLIMIT 52428800\\)`,
    ),
  );
  assert.match(await driver.command('STATUS INBOX ()'), /BAD/);
  assert.match(await driver.command('STATUS INBOX (COLOUR)'), /BAD/);
  assert.match(await driver.command('STATUS nowhere (SIZE)'), /NO \[NONEXISTENT\]/);
  await driver.end();
});

test('NAMESPACE and the root of one (IMAP-NAMESPACE-1)', async () => {
  const driver = await SessionDriver.selected();
  driver.backend.namespaces = { personal: [''], others: ['Other Users/'], shared: ['Shared/', 'Geteiltes/ä/'] };
  assert.match(
    await driver.command('NAMESPACE'),
    /\* NAMESPACE \(\("" "\/"\)\) \(\("Other Users\/" "\/"\)\) \(\("Shared\/" "\/"\)\("Geteiltes\/&AOQ-\/" "\/"\)\)\r\n/,
  );
  assert.match(await driver.command('LIST "" ""'), /\* LIST \(\\Noselect\) "\/" ""\r\n/);
  assert.match(await driver.command('LIST Shared/x ""'), /\* LIST \(\\Noselect\) "\/" "Shared\/"\r\n/);
  await driver.end();
});

test('a shared mailbox deleted, renamed, or not there (IMAP-ERR-1)', async () => {
  const driver = await SessionDriver.selected();
  driver.backend.rename = () => Promise.reject(Object.assign(new Error('no\r\nright'), { code: 'NO_PERMISSION' }));
  assert.match(await driver.command('RENAME a b'), /NO \[NOPERM\] no right\r\n/);
  driver.backend.rename = () => Promise.reject(Object.assign(new Error('too many'), { code: 'LIMIT' }));
  assert.match(await driver.command('RENAME a b'), /NO \[LIMIT\] too many/);
  assert.match(await driver.command('RENAME a inbox'), /NO \[ALREADYEXISTS\]/);
  await driver.end();
});

test('ENABLE turns on what it knows, each once (IMAP-ENABLE-1)', async () => {
  const driver = await SessionDriver.selected();
  assert.match(await driver.command('ENABLE X-FOO ID condstore utf8=accept'), /\* ENABLED CONDSTORE UTF8=ACCEPT\r\n/);
  assert.match(await driver.command('ENABLE CONDSTORE'), /\* ENABLED\r\n/);
  assert.match(await driver.command('ENABLE'), /BAD/);
  assert.match(await driver.command('ENABLE QRESYNC UIDONLY IMAP4rev2'), /\* ENABLED QRESYNC UIDONLY IMAP4rev2\r\n/);
  await driver.end();
});
