import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, startHarness } from './testing/harness.ts';
import { RawClient } from './testing/raw-client.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness({ limits: { pollInterval: 500 } });
});
after(() => harness.close());

const MAIL = Buffer.from('Subject: hello\r\n\r\nHello\r\n');

async function append(client: RawClient, mailbox: string): Promise<void> {
  client.write(`a APPEND ${mailbox} {${String(MAIL.length)}+}\r\n`);
  client.write(MAIL);
  client.write('\r\n');
  await client.until(/^a OK.*\r\n/m);
  client.take();
}

test('one session is told what another does, without a command, compressed or not (IMAP-NOTIFY-2, IMAP-NOTIFY-5)', async () => {
  const [one, two] = [await RawClient.connect(harness), await RawClient.connect(harness)];
  await one.compress();
  await one.ok('SELECT INBOX');
  await one.ok(
    'NOTIFY SET (selected (MessageNew (ENVELOPE) MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange))',
  );
  await two.ok('CREATE new');
  await one.until(/^\* LIST \([^)]*\) "\/" "new"\r\n/m);
  await append(two, 'new');
  await one.until(/^\* STATUS "new" \(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \d+ UNSEEN 1\)/m);
  await harness.deliver(MAIL);
  await one.until(/^\* 1 EXISTS[^]*^\* 1 FETCH \(UID 1 ENVELOPE \(NIL "hello" /m);
  one.take();
  await two.ok('SELECT new');
  await two.ok('STORE 1 +FLAGS (\\Seen \\Deleted)');
  await one.until(/^\* STATUS "new" \(UIDVALIDITY \d+ UNSEEN 0\)/m);
  await two.ok('EXPUNGE');
  await one.until(/^\* STATUS "new" \(MESSAGES 0 UIDNEXT 2 /m);
  await two.ok('RENAME new newer');
  await one.until(/^\* LIST \([^)]*\) "\/" "newer" \("OLDNAME" \("new"\)\)/m);
  await two.ok('SUBSCRIBE newer');
  await one.until(/^\* LIST \(\\Subscribed [^)]*\) "\/" "newer"\r\n/m);
  await two.ok('SETMETADATA newer (/private/comment "x")');
  await one.until(/^\* METADATA "newer" \/private\/comment\r\n/m);
  await two.ok('DELETE newer');
  await one.until(/^\* LIST \(\\NonExistent [^)]*\) "\/" "newer"/m);
  await one.ok('NOTIFY NONE');
  await two.ok('CREATE last');
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.equal(one.take(), '');
  await one.close();
  await two.close();
});

test('mailboxes of others are watched while they may be read (IMAP-NOTIFY-7)', async () => {
  const alice = await RawClient.connect(harness);
  const bob = await RawClient.connect(harness, { login: 'bob@postroad.test' });
  await bob.ok('NOTIFY SET (subtree user (MessageNew MessageExpunge MailboxName))');
  bob.take();
  await alice.ok('CREATE team');
  await alice.ok('SETACL team bob@postroad.test lr');
  await bob.until(/^\* LIST \([^)]*\) "\/" "[^"]*team"/m);
  await append(alice, 'team');
  await bob.until(/^\* STATUS "[^"]*team" \(MESSAGES 1 /m);
  await alice.ok('SETACL team bob@postroad.test l');
  await bob.until(/^\* LIST \(\\NoAccess [^)]*\) "\/" "[^"]*team"/m);
  await alice.ok('DELETEACL team bob@postroad.test');
  await bob.until(/^\* LIST \(\\NonExistent [^)]*\) "\/" "[^"]*team"/m);
  await alice.close();
  await bob.close();
});
