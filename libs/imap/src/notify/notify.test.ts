import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mail, withMessages } from '../testing/mail.ts';
import { SessionDriver } from '../testing/session-driver.ts';

type Options = ConstructorParameters<typeof SessionDriver>[0];

async function watching(set: string, options: Options = {}): Promise<SessionDriver> {
  const driver = await SessionDriver.selected({ backend: withMessages('one', 'two'), ...options });
  assert.match(await driver.command(`NOTIFY ${set}`), /^c\d+ OK/m);
  return driver;
}

/** What is said until nothing more is, without a command. */
async function quiet(driver: SessionDriver): Promise<string> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  return driver.take();
}

test('what does not go together is BAD, what is not known BADEVENT (IMAP-NOTIFY-1)', async () => {
  const driver = await SessionDriver.selected();
  for (const bad of [
    '',
    'SET',
    'SET STATUS',
    'SET (selected (MessageNew))',
    'SET (selected (MessageExpunge))',
    'SET (selected (FlagChange))',
    'SET (personal (FlagChange))',
    'SET (selected (MailboxName))',
    'SET (selected (MessageNew () MessageExpunge))',
    'SET (selected (MessageNew MessageExpunge)) (selected-delayed (MessageNew MessageExpunge))',
    'SET (selected NONE) (selected NONE)',
    'SET (personal (MessageNew (UID) MessageExpunge))',
    'SET (personal ())',
    'SET (everything (MailboxName))',
    'SET (subtree () (MailboxName))',
    'SET (mailboxes (MailboxName))',
    'NONE x',
  ])
    assert.match(await driver.command(`NOTIFY ${bad}`.trimEnd()), /^c\d+ BAD/, bad);
  const refused =
    /^c\d+ NO \[BADEVENT \(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange\)\]/;
  assert.match(await driver.command('NOTIFY SET (personal (AnnotationChange))'), refused);
  await driver.end();
  const other = await SessionDriver.selected();
  assert.match(await other.command('NOTIFY SET (personal (Frobnication MailboxName))'), refused);
  for (const good of [
    'set status (Selected (messagenew (uid body.peek[header.fields (from)]) MESSAGEEXPUNGE flagchange))',
    'SET (inboxes (MailboxName)) (subscribed (SubscriptionChange)) (personal (ServerMetadataChange))',
    'SET (subtree (a "b c" {1+}\r\nd) (MailboxMetadataChange)) (mailboxes inbox NONE)',
    'SET (selected NONE)',
    'NONE',
  ])
    assert.match(await other.command(`NOTIFY ${good}`), /^c\d+ OK/m, good);
  await other.end();
});

test('STATUS of mailboxes not selected, between commands (IMAP-NOTIFY-2)', async () => {
  const driver = await watching('SET (personal (MessageNew MessageExpunge FlagChange))');
  driver.backend.deliver('Sent', mail('x'));
  await driver.until(/^\* STATUS "Sent" \(MESSAGES 1 UIDNEXT 2 UIDVALIDITY 2 UNSEEN 1\)\r\n/m);
  driver.take();
  await driver.backend.storeFlags(2, [1], { mode: 'add', flags: ['$a'] });
  assert.equal(await quiet(driver), '');
  await driver.backend.storeFlags(2, [1], { mode: 'add', flags: ['\\Seen', '\\Deleted'] });
  assert.equal(await quiet(driver), '* STATUS "Sent" (UIDVALIDITY 2 UNSEEN 0)\r\n');
  await driver.command('ENABLE CONDSTORE');
  await driver.backend.storeFlags(2, [1], { mode: 'add', flags: ['$b'] });
  assert.equal(await quiet(driver), '* STATUS "Sent" (UIDVALIDITY 2 HIGHESTMODSEQ 5)\r\n');
  await driver.backend.expunge(2);
  assert.equal(await quiet(driver), '* STATUS "Sent" (MESSAGES 0 UIDNEXT 2 UIDVALIDITY 2 HIGHESTMODSEQ 6)\r\n');
  driver.backend.deliver('INBOX', mail('not asked for'));
  assert.equal(await quiet(driver), '');
  await driver.end();
});

test('NOTIFY SET STATUS tells where everything stands (IMAP-NOTIFY-2)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('one') });
  const all = await driver.command('NOTIFY SET STATUS (personal (MessageNew MessageExpunge FlagChange))');
  assert.match(all, /^\* STATUS "Sent" \(MESSAGES 0 UIDNEXT 1 UIDVALIDITY 2 UNSEEN 0 HIGHESTMODSEQ 1\)\r\nc\d+ OK/);
  // CONDSTORE is not turned on by it
  await driver.backend.storeFlags(2, [1], { mode: 'add', flags: ['$a'] });
  const some = await driver.command('NOTIFY SET STATUS (mailboxes (Sent nowhere) (MessageNew MessageExpunge))');
  assert.match(some, /^\* STATUS "Sent" \(MESSAGES 0 UIDNEXT 1 UIDVALIDITY 2\)\r\nc\d+ OK/);
  assert.doesNotMatch(await driver.command('FETCH 1 FLAGS'), /MODSEQ/);
  await driver.end();
});

test('a hint that was lost costs a poll, no more (IMAP-NOTIFY-2)', async () => {
  const driver = await watching('SET (subtree Sent (MessageNew MessageExpunge))', { limits: { pollInterval: 20 } });
  const box = driver.backend.boxes.get('Sent');
  if (box) box.uidNext = 7;
  await driver.until(/^\* STATUS "Sent" \(MESSAGES 0 UIDNEXT 7 UIDVALIDITY 2\)/m);
  await driver.end();
});

test('SELECTED: told between commands, with what was asked for (IMAP-NOTIFY-3)', async () => {
  const driver = await watching(
    'SET (selected (MessageNew (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge))',
  );
  driver.backend.deliver('INBOX', mail('three'), ['\\Flagged']);
  const come = await quiet(driver);
  assert.match(
    come,
    /^\* 3 EXISTS\r\n(?:\* \d RECENT\r\n)?\* 3 FETCH \(UID 3 FLAGS \([^)]*\) BODY\[HEADER.FIELDS \(SUBJECT\)\] \{18\}\r\nSubject: three\r\n\r\n\)\r\n$/,
  );
  await driver.backend.storeFlags(1, [1], { mode: 'add', flags: ['\\Deleted'] });
  assert.equal(await quiet(driver), '');
  await driver.backend.expunge(1);
  assert.equal(await quiet(driver), '* 1 EXPUNGE\r\n');
  assert.match(await driver.command('UID FETCH 2 UID'), /^\* 1 FETCH \(UID 2\)/);
  await driver.end();
});

test('what was not asked for is not told, but an answer is an answer (IMAP-NOTIFY-3)', async () => {
  for (const set of ['NONE', 'SET (personal (MailboxName))', 'SET (selected NONE)']) {
    const driver = await watching(set);
    driver.backend.deliver('INBOX', mail('three'));
    await driver.backend.storeFlags(1, [2], { mode: 'add', flags: ['\\Deleted'] });
    assert.equal(await quiet(driver), '', set);
    assert.match(await driver.command('NOOP'), /^c\d+ OK/);
    assert.match(await driver.command('EXPUNGE'), /^\* 2 EXPUNGE\r\n/m);
    // SET begins with a NOOP
    driver.backend.deliver('INBOX', mail('four'));
    assert.match(await driver.command('NOTIFY SET (selected (MessageNew MessageExpunge FlagChange))'), /^c\d+ OK/m);
    driver.backend.deliver('INBOX', mail('five'));
    assert.match(await quiet(driver), /^\* 4 EXISTS/m, set);
    await driver.end();
  }
  const first = await SessionDriver.selected();
  first.backend.deliver('INBOX', mail('one'));
  assert.match(await first.command('NOTIFY SET (selected NONE)'), /^\* 1 EXISTS/m);
  await first.end();
});

test('SELECTED-DELAYED keeps sequence numbers until they may change (IMAP-NOTIFY-4)', async () => {
  const driver = await watching('SET (selected-delayed (MessageNew MessageExpunge FlagChange))');
  await driver.backend.storeFlags(1, [1], { mode: 'add', flags: ['\\Deleted'] });
  assert.match(await quiet(driver), /^\* 1 FETCH \(UID 1 FLAGS \(\\Deleted/);
  await driver.backend.expunge(1);
  driver.backend.deliver('INBOX', mail('three'));
  assert.match(await quiet(driver), /^\* 3 EXISTS\r\n(?!.*EXPUNGE)/);
  assert.match(await driver.command('FETCH 2 UID'), /^\* 2 FETCH \(UID 2\)/);
  assert.match(await driver.command('NOOP'), /^\* 1 EXPUNGE\r\n/);
  await driver.end();
});

test('names and subscriptions, but not what the client did itself (IMAP-NOTIFY-5)', async () => {
  const driver = await watching('SET (personal (MailboxName SubscriptionChange))', { limits: { pollInterval: 20 } });
  const { backend } = driver;
  await driver.command('CREATE mine');
  await driver.command('RENAME mine ours');
  await driver.command('SUBSCRIBE ours');
  assert.equal(await quiet(driver), '');
  await backend.create('a');
  assert.equal(await quiet(driver), '* LIST (\\HasNoChildren) "/" "a"\r\n');
  await backend.create('a/b');
  assert.equal(await quiet(driver), '* LIST (\\HasNoChildren) "/" "a/b"\r\n* LIST (\\HasChildren) "/" "a"\r\n');
  await backend.rename('a', 'z');
  await backend.rename('a/b', 'z/b');
  const renamed = await quiet(driver);
  assert.match(renamed, /^\* LIST \(\\Has(?:No)?Children\) "\/" "z" \("OLDNAME" \("a"\)\)\r\n/m);
  assert.doesNotMatch(renamed, /z\/b/);
  await backend.remove('z/b');
  assert.match(await quiet(driver), /^\* LIST \(\\NonExistent \\Noselect \\HasNoChildren\) "\/" "z\/b"\r\n\* LIST /);
  await backend.subscribe('z', true);
  await driver.until(/^\* LIST \(\\Subscribed \\HasNoChildren\) "\/" "z"\r\n/m);
  driver.take();
  await backend.subscribe('z', false);
  await driver.until(/^\* LIST \(\\HasNoChildren\) "\/" "z"\r\n/m);
  await driver.end();
});

test('annotations that change, of mailboxes and of the server (IMAP-NOTIFY-6)', async () => {
  const driver = await watching('SET (mailboxes Sent (MailboxMetadataChange)) (personal (ServerMetadataChange))', {
    limits: { pollInterval: 20 },
  });
  await driver.command('SETMETADATA Sent (/private/comment "mine")');
  assert.equal(await quiet(driver), '');
  await driver.backend.annotate('Sent', [{ entry: '/shared/comment', value: Buffer.from('x') }]);
  await driver.until(/^\* METADATA "Sent" \/shared\/comment\r\n/m);
  await driver.backend.annotate('Sent', [{ entry: '/private/comment', value: null }]);
  await driver.until(/^\* METADATA "Sent" \/private\/comment\r\n/m);
  await driver.backend.annotate(null, [{ entry: '/shared/admin', value: Buffer.from('x') }]);
  await driver.until(/^\* METADATA "" \/shared\/admin\r\n/m);
  await driver.end();
});

test('rights that are taken away and given back (IMAP-NOTIFY-7)', async () => {
  const driver = await watching('SET (personal (MessageNew MessageExpunge))', { limits: { pollInterval: 20 } });
  const box = driver.backend.boxes.get('Sent');
  assert.ok(box);
  box.rights = 'l';
  await driver.until(/^\* LIST \(\\NoAccess \\Noselect \\HasNoChildren \\Sent\) "\/" "Sent"\r\n/m);
  driver.take();
  driver.backend.deliver('Sent', mail('x'));
  assert.equal(await quiet(driver), '');
  assert.match(
    await driver.command('NOTIFY SET STATUS (personal (MessageNew MessageExpunge))'),
    /^\* LIST \(\\NoAccess .*"Sent"\r\nc\d+ OK/,
  );
  box.rights = 'lr';
  await driver.until(/^\* LIST \(\\HasNoChildren \\Sent\) "\/" "Sent"\r\n\* STATUS "Sent" \(MESSAGES 1 /m);
  await driver.end();
});

test('too much to watch (IMAP-NOTIFY-8)', async () => {
  const driver = await watching('SET (personal (MailboxName))', { limits: { notifyMailboxes: 3, notifyMetadata: 1 } });
  assert.match(await driver.command('NOTIFY SET (personal (MailboxMetadataChange))'), /NO \[NOTIFICATIONOVERFLOW\]/);
  await driver.backend.create('a');
  assert.match(await quiet(driver), /^\* LIST/);
  await driver.backend.create('b');
  assert.match(await quiet(driver), /^\* OK \[NOTIFICATIONOVERFLOW\] [^\r\n]*\r\n$/);
  await driver.backend.remove('b');
  assert.equal(await quiet(driver), '');
  await driver.backend.create('c');
  assert.match(await driver.command('NOTIFY SET (personal (MailboxName))'), /NO \[NOTIFICATIONOVERFLOW\]/);
  await driver.end();
});

test('a client that does not read what it is told holds up its own session only (IMAP-FLOW-1)', async () => {
  let full = false;
  let waits = 0;
  let drain: () => void = () => undefined;
  const slow = (): Promise<void> =>
    full
      ? new Promise((resolve) => {
          waits++;
          drain = resolve;
        })
      : Promise.resolve();
  const driver = await watching('SET (personal (MailboxName))', { slow });
  full = true;
  for (let i = 0; i < 50; i++) {
    await driver.backend.create(`m${String(i)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  // nothing is gathered for it meanwhile: one look tells all once there is room
  assert.equal(waits, 1);
  assert.equal((await quiet(driver)).match(/LIST/g)?.length, 1);
  full = false;
  drain();
  assert.equal((await quiet(driver)).match(/LIST/g)?.length, 49);
  await driver.end();
});

test('IDLE follows NOTIFY (IMAP-NOTIFY-9)', async () => {
  const driver = await watching('SET (selected-delayed (MessageNew MessageExpunge)) (personal (MailboxName))');
  driver.send('i IDLE\r\n');
  await driver.until(/^\+ /m);
  driver.take();
  await driver.backend.storeFlags(1, [1], { mode: 'add', flags: ['\\Deleted'] });
  assert.equal(await quiet(driver), '');
  await driver.backend.expunge(1);
  await driver.backend.create('a');
  assert.equal(await quiet(driver), '* 1 EXPUNGE\r\n* LIST (\\HasNoChildren) "/" "a"\r\n');
  driver.send('DONE\r\n');
  await driver.until(/^i OK/m);
  assert.match(await driver.command('UNAUTHENTICATE'), /OK/);
  await driver.backend.create('b');
  assert.equal(await quiet(driver), '');
  await driver.end();
});
