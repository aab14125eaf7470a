import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withMessages } from '../testing/mail.ts';
import { SessionDriver } from '../testing/session-driver.ts';

async function withRights(rights: string): Promise<SessionDriver> {
  const backend = withMessages('one');
  const box = backend.boxes.get('INBOX');
  if (box) box.rights = rights;
  const driver = new SessionDriver({ backend });
  await driver.command('LOGIN user pass');
  return driver;
}

test('SELECT follows the rights: READ-ONLY, PERMANENTFLAGS, NOPERM (IMAP-RIGHTS-1)', async () => {
  for (const [rights, answer] of [
    ['lr', /PERMANENTFLAGS \(\)[^]*OK \[READ-ONLY\]/],
    ['lrs', /PERMANENTFLAGS \(\\Seen\)[^]*OK \[READ-WRITE\]/],
    ['lrte', /PERMANENTFLAGS \(\\Deleted\)[^]*OK \[READ-WRITE\]/],
    ['lrw', /PERMANENTFLAGS \(\\Answered \\Flagged \\Draft \\\*\)[^]*OK \[READ-WRITE\]/],
    ['lri', /PERMANENTFLAGS \(\)[^]*OK \[READ-WRITE\]/],
    ['l', /NO \[NOPERM\]/],
  ] as const) {
    const driver = await withRights(rights);
    assert.match(await driver.command('SELECT INBOX'), answer, rights);
    await driver.end();
  }
});

test('FETCH does not fail for want of the right to set \\Seen (IMAP-RIGHTS-2)', async () => {
  for (const rights of ['lri', 'lr']) {
    const driver = await withRights(rights);
    await driver.command('SELECT INBOX');
    assert.match(await driver.command('FETCH 1 BODY[TEXT]'), /BODY\[TEXT\] \{13\}[^]*OK/);
    assert.doesNotMatch(await driver.command('FETCH 1 FLAGS'), /Seen/);
    await driver.end();
  }
  const driver = await withRights('lri');
  await driver.command('SELECT INBOX');
  assert.match(await driver.command('STORE 1 +FLAGS \\Seen'), /NO \[NOPERM\]/);
  // without `e` CLOSE expunges nothing and does not fail (RFC 4314 §4)
  assert.match(await driver.command('CLOSE'), /OK CLOSE/);
  await driver.end();
});

test('LIST tells rights, and what cannot be selected (IMAP-LIST-3)', async () => {
  const driver = await withRights('lri');
  assert.match(
    await driver.command('LIST "" INBOX RETURN (MYRIGHTS STATUS (MESSAGES))'),
    /\* LIST \(\\HasNoChildren\) "\/" "INBOX"\r\n\* MYRIGHTS "INBOX" lri\r\n\* STATUS "INBOX"/,
  );
  const box = driver.backend.boxes.get('INBOX');
  if (box) box.rights = 'l';
  const hidden = await driver.command('LIST "" INBOX RETURN (MYRIGHTS STATUS (MESSAGES))');
  assert.match(hidden, /\* LIST \(\\Noselect \\HasNoChildren\)/);
  assert.doesNotMatch(hidden, /\* STATUS/);
  assert.match(await driver.command('STATUS INBOX (MESSAGES)'), /NO \[NOPERM\]/);
  await driver.end();
});
