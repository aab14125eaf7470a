import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { KvDirectoryWriter } from '@postroad/directory';
import { Cli } from './cli-run.ts';
import { openMail, type MailClient } from './mail-client.ts';
import { Stack } from './stack.ts';

const PASSWORD = 'mail that is brought back';

/** One LMTP transaction; resolves to the reply of the data. */
async function overLmtp(port: number, to: string): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  socket.write(`LHLO x.test\r\nMAIL FROM:<>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
  while (!said.includes('\r\n354')) await once(socket, 'data');
  socket.write('Subject: by lmtp\r\n\r\nhello\r\n.\r\nQUIT\r\n');
  await once(socket, 'close');
  return said.split('\r\n').slice(-3, -2).join('');
}

suite('postroad account quota and mailbox against a running stack', () => {
  const home = mkdtempSync(join(tmpdir(), 'postroad-mailbox-cli-'));
  const cli = new Cli(home);
  const user = 'ann@postroad.test';
  let stack: Stack;
  let mail: MailClient;
  before(async () => {
    stack = await Stack.start({ home, portOffset: 25_800, agents: ['ops', 'mda'] });
    const directory = new KvDirectoryWriter(stack.bus);
    await directory.addDomain(stack.domain);
    await directory.addAccount({ address: user, password: PASSWORD });
    mail = await openMail(stack, user, PASSWORD);
  });
  after(async () => {
    await mail?.close();
    await stack?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('a quota counts for APPEND and for deliveries at once, and can be given more', async () => {
    await mail.append('INBOX', 'Subject: first\r\n\r\nfits\r\n');
    const account = await cli.json<{ quota: { bytes?: number } }>(['account', 'quota', user, '--bytes', '100']);
    assert.deepEqual(account.quota, { bytes: 100 });
    await assert.rejects(mail.append('INBOX', `Subject: second\r\n\r\n${'too much\r\n'.repeat(20)}`), {
      code: 'OVERQUOTA',
    });
    assert.match(await overLmtp(stack.ports.mda(0).lmtp, user), /^452 4\.2\.2/);
    const usage = await cli.json<{ bytes: number; messages: number }>(['mailbox', 'usage', user]);
    assert.deepEqual(Object.keys(usage).sort(), ['bytes', 'messages']);
    assert.equal(usage.messages, 1);
    assert.match(await cli.good(['mailbox', 'usage', user]), /^\d+ B in 1 messages/);
    await cli.good(['account', 'quota', user, '--bytes', '1M']);
    await mail.append('INBOX', `Subject: second\r\n\r\n${'fits now\r\n'.repeat(20)}`);
    assert.match(await overLmtp(stack.ports.mda(0).lmtp, user), /^250 2\.1\.5/);
    assert.equal(await cli.fails(['account', 'quota', 'nobody@postroad.test', '--bytes', '1M']), 'NOT_FOUND');
  });

  test('what was expunged over IMAP is listed, brought back, and read again', async () => {
    const text = 'From: a@example.org\r\nSubject: keep me\r\n\r\nI was deleted by mistake\r\n';
    const uid = await mail.append('INBOX', text, ['\\Flagged', '$Label']);
    await mail.append('INBOX', 'Subject: another\r\n\r\nme too\r\n');
    await mail.remove('INBOX', `${uid}:${uid + 1}`);
    interface Deleted {
      readonly messages: {
        id: number;
        mailbox: string;
        expungedAt: string;
        size: number;
        subject: string;
        from: string;
      }[];
    }
    const { messages } = await cli.json<Deleted>(['mailbox', 'deleted', user, '--since', '1h']);
    assert.deepEqual(messages.map(({ subject, mailbox }) => [subject, mailbox]).sort(), [
      ['another', 'INBOX'],
      ['keep me', 'INBOX'],
    ]);
    const mine = messages.find(({ subject }) => subject === 'keep me');
    assert.ok(mine);
    assert.equal(mine.size, text.length);
    assert.ok(Math.abs(Date.parse(mine.expungedAt) - Date.now()) < 60_000);
    assert.match(await cli.good(['mailbox', 'deleted', user]), /ID +DELETED +MAILBOX[\s\S]*keep me/);
    assert.deepEqual(await cli.json(['mailbox', 'restore', user, String(mine.id)]), { restored: 1 });
    const back = await mail.all('INBOX');
    const again = back.find(({ octets }) => octets === text);
    assert.ok(again, 'it is read as it was');
    assert.ok(again.uid > uid, 'with a UID that no client has seen');
    assert.deepEqual([...again.flags].filter((flag) => flag !== '\\Recent').sort(), ['$Label', '\\Flagged']);
    // the rest, somewhere else
    assert.match(
      await cli.good(['mailbox', 'restore', user, '--all', '--mailbox', 'INBOX', '--into', 'Brought back']),
      /brought back 1 of 1/,
    );
    assert.equal((await mail.all('Brought back')).length, 1);
    assert.deepEqual((await cli.json<Deleted>(['mailbox', 'deleted', user])).messages, []);
    const usage = (await cli.run(['mailbox', 'restore', user])).code;
    assert.notEqual(usage, 0);
  });

  test('store backup while it is used, and restore: every UIDVALIDITY is new, the mail is the same', async () => {
    const backup = join(home, 'backup');
    const before = await mail.all('INBOX');
    const validity = await mail.uidValidity('INBOX');
    const written = await cli.json<{ bytes: number }>(['store', 'backup', backup]);
    assert.ok(written.bytes > 0);
    await mail.append('INBOX', 'Subject: after the backup\r\n\r\nlost by the restore\r\n');
    await mail.close();
    await stack.child('mda').stop();
    const restored = join(home, 'restored');
    assert.deepEqual(await cli.json(['store', 'restore', backup, restored]), { directory: restored });
    rmSync(join(home, 'mail'), { recursive: true });
    await cli.good(['store', 'restore', backup, join(home, 'mail')]);
    stack.child('mda').start();
    await stack.child('mda').ready();
    mail = await openMail(stack, user, PASSWORD);
    const after = await mail.all('INBOX');
    assert.deepEqual(
      after.map(({ uid, octets }) => [uid, octets]),
      before.map(({ uid, octets }) => [uid, octets]),
    );
    assert.ok((await mail.uidValidity('INBOX')) > validity);
  });
});
