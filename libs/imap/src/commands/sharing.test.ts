import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionDriver } from '../testing/session-driver.ts';

test('rights are set, taken and told (IMAP-ACL-1)', async () => {
  const driver = await SessionDriver.selected();
  assert.match(await driver.command('GETACL INBOX'), /\* ACL "INBOX" "user@x.test" lrswipkxteacd\r\n/);
  assert.match(await driver.command('SETACL INBOX user@x.test -wd'), /OK/);
  assert.match(await driver.command('MYRIGHTS INBOX'), /\* MYRIGHTS "INBOX" lrsipkxac\r\n/);
  assert.match(
    await driver.command('LISTRIGHTS INBOX bob@x.test'),
    /\* LISTRIGHTS "INBOX" "bob@x.test" "" l r s w i p k x t e a\r\n/,
  );
  assert.match(await driver.command('SETACL INBOX user@x.test lr!'), /BAD/);
  assert.match(await driver.command('DELETEACL Sent user@x.test'), /OK/);
  assert.match(await driver.command('MYRIGHTS Sent'), /NO \[NOPERM\]/);
  assert.match(await driver.command('MYRIGHTS nowhere'), /NO \[NONEXISTENT\]/);
  await driver.end();
});

test('quotas are told, and set by nobody here (IMAP-QUOTA-1)', async () => {
  const driver = await SessionDriver.selected();
  assert.match(
    await driver.command('GETQUOTAROOT INBOX'),
    /\* QUOTAROOT "INBOX" "account"\r\n\* QUOTA "account" \(STORAGE 0 1024\)\r\n/,
  );
  assert.match(await driver.command('GETQUOTA account'), /\* QUOTA "account" \(STORAGE 0 1024\)/);
  assert.match(await driver.command('GETQUOTA other'), /NO \[NONEXISTENT\]/);
  assert.match(await driver.command('SETQUOTA account (STORAGE 1)'), /NO \[NOPERM\]/);
  await driver.end();
});

test('annotations of mailboxes and of the server (IMAP-METADATA-1)', async () => {
  const driver = await SessionDriver.selected({ limits: { annotation: 20 } });
  assert.match(await driver.command('SETMETADATA INBOX (/private/comment "mine" /shared/a/b ~{3+}\r\na\0b)'), /OK/);
  assert.match(
    await driver.command('GETMETADATA INBOX /private/comment'),
    /\* METADATA "INBOX" \(\/private\/comment \{4\}\r\nmine\)/,
  );
  assert.match(await driver.command('GETMETADATA (DEPTH infinity) INBOX /shared'), /\(\/shared\/a\/b ~\{3\}\r\na\0b\)/);
  assert.match(
    await driver.command('GETMETADATA (MAXSIZE 2) INBOX (/private/comment)'),
    /OK \[METADATA LONGENTRIES 4\]/,
  );
  assert.match(
    await driver.command(`SETMETADATA "" (/shared/admin "${'x'.repeat(30)}")`),
    /NO \[METADATA MAXSIZE 20\]/,
  );
  assert.match(await driver.command('SETMETADATA INBOX (/private/comment NIL)'), /OK/);
  assert.match(await driver.command('GETMETADATA INBOX /private/comment'), /\/private\/comment NIL/);
  assert.match(await driver.command('GETMETADATA INBOX comment'), /BAD/);
  await driver.end();
});

test('UNAUTHENTICATE leaves nothing of the account (IMAP-UNAUTH-1)', async () => {
  const driver = await SessionDriver.selected();
  await driver.command('ENABLE QRESYNC');
  assert.match(await driver.command('UNAUTHENTICATE'), /OK/);
  assert.match(await driver.command('FETCH 1 FLAGS'), /BAD/);
  assert.match(await driver.command('LOGIN user pass'), /OK/);
  assert.match(await driver.command('ENABLE QRESYNC'), /\* ENABLED QRESYNC/);
  await driver.end();
});
