import { ImapFlow } from 'imapflow';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

test('imapflow: list, append, idle, fetch, flags, search, copy, move, rename, delete', async () => {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: harness.tls,
    secure: true,
    tls: { rejectUnauthorized: false },
    auth: { user: USER, pass: PASSWORD },
    logger: false,
  });
  await client.connect();
  const mailboxes = await client.list({ statusQuery: { messages: true, unseen: true } });
  assert.deepEqual(mailboxes.map((mailbox) => mailbox.path).sort(), [
    'Archive',
    'Drafts',
    'INBOX',
    'Junk',
    'Sent',
    'Trash',
  ]);
  assert.equal(mailboxes.find((mailbox) => mailbox.path === 'Junk')?.specialUse, '\\Junk');

  const opened = await client.mailboxOpen('INBOX');
  assert.equal(opened.exists, 0);
  // An IDLE that is given no hint looks every 30 s: what comes before was told at once.
  const exists = once(client, 'exists', { signal: AbortSignal.timeout(20_000) });
  void client.idle();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await harness.deliver(
    Buffer.from('From: Ann <ann@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n'),
  );
  await exists;

  const message = await client.fetchOne('1', {
    envelope: true,
    bodyStructure: true,
    flags: true,
    source: true,
    uid: true,
  });
  assert.ok(message);
  assert.equal(message.envelope?.subject, 'Grüße');
  assert.equal(message.envelope.from?.[0]?.address, 'ann@example.org');
  assert.match(message.source?.toString() ?? '', /Hello\r\n$/);
  await client.messageFlagsAdd('1', ['\\Seen', '$Label1']);
  const flagged = await client.fetchOne('1', { flags: true });
  assert.ok(flagged && flagged.flags?.has('$Label1') && flagged.flags.has('\\Seen'));
  assert.deepEqual(await client.search({ seen: true, subject: 'grüße' }, { uid: true }), [1]);

  await client.mailboxCreate(['Projekte', 'Größe & mehr']);
  const appended = await client.append('Projekte/Größe & mehr', 'Subject: x\r\n\r\ny\r\n', ['\\Draft'], new Date(0));
  assert.ok(appended && appended.uid === 1);
  const copied = await client.messageCopy('1', 'Archive');
  assert.ok(copied && copied.uidMap?.get(1) === 1);
  const moved = await client.messageMove('1', 'Trash');
  assert.ok(moved && moved.uidMap?.get(1) === 1);
  const status = await client.status('INBOX', { messages: true });
  assert.ok(status && status.messages === 0);
  await client.mailboxRename('Projekte', 'Alt');
  assert.ok((await client.list()).some((mailbox) => mailbox.path === 'Alt/Größe & mehr'));
  await client.mailboxDelete('Alt/Größe & mehr');
  await client.logout();
});
