import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { corpusMessages, needsCorpusAnd, runProgram } from './testing/clients.ts';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

const COUNT = 1000;

/** Messages of a Maildir with CRLF line ends and without the header mbsync adds itself, by their number. */
async function maildir(path: string): Promise<Map<number, { file: string; text: string }>> {
  const found = new Map<number, { file: string; text: string }>();
  for (const folder of ['new', 'cur']) {
    for (const name of await readdir(join(path, folder))) {
      const file = join(path, folder, name);
      const text = (await readFile(file, 'latin1')).replace(/\r?\n/g, '\r\n').replace(/^X-TUID: .*\r\n/m, '');
      found.set(Number(/X-Number: (\d+)/.exec(text)?.[1]), { file, text });
    }
  }
  return found;
}

test(
  'mbsync: 1,000 messages of the corpus byte for byte, then changes both ways',
  needsCorpusAnd('mbsync'),
  async () => {
    const messages = corpusMessages(COUNT);
    for (let at = 0; at < COUNT; at += 50)
      await Promise.all(messages.slice(at, at + 50).map((content) => harness.deliver(content)));
    const mail = join(harness.directory, 'maildir');
    const config = join(harness.directory, 'mbsyncrc');
    await mkdir(mail);
    await writeFile(
      config,
      `IMAPAccount a\nHost localhost\nPort ${String(harness.tls)}\nUser ${USER}\nPass "${PASSWORD.replace(/["\\]/g, '\\$&')}"\nSSLType IMAPS\n` +
        `CertificateFile ${harness.certificate}\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nSubFolders Verbatim\nPath ${mail}/\n` +
        `Inbox ${mail}/INBOX\n\nChannel c\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n`,
    );
    const sync = (): Promise<string> => runProgram('mbsync', ['-c', config, '-a']);
    await sync();
    const pulled = await maildir(join(mail, 'INBOX'));
    assert.equal(pulled.size, COUNT);
    messages.forEach((content, n) => {
      assert.equal(pulled.get(n)?.text, content.toString('latin1'), `message ${String(n)}`);
    });

    // one new on this side, one flagged, one deleted; on the other side one flagged, one new folder
    const pushed = Buffer.from('X-Number: 5000\nSubject: pushed\n\nfrom the client\n');
    await writeFile(join(mail, 'INBOX', 'cur', `1.push:2,S`), pushed);
    const [flagged, deleted] = [pulled.get(1)?.file ?? '', pulled.get(2)?.file ?? ''];
    await rename(flagged, join(mail, 'INBOX', 'cur', `${(flagged.split('/').at(-1) ?? '').split(':')[0] ?? ''}:2,FS`));
    await rm(deleted);
    const inbox = await harness.store.mailbox(harness.accountId, 'INBOX');
    await harness.store.storeFlags(harness.accountId, inbox?.id ?? 0, [1], { mode: 'add', flags: ['\\Answered'] });
    await harness.store.createMailbox(harness.accountId, 'Projekte');
    await sync();
    const after = await harness.store.mailbox(harness.accountId, 'INBOX');
    assert.equal(after?.messages, COUNT);
    const key = { op: 'text', field: { header: 'subject' }, text: 'pushed' } as const;
    const found = await harness.store.search(harness.accountId, after.id, key);
    assert.deepEqual([...found.uids], [COUNT + 1]);
    const again = await maildir(join(mail, 'INBOX'));
    const flags = [...again.values()].map(({ file }) => file.split(',').at(-1)).filter((text) => text?.includes('R'));
    assert.equal(flags.length, 1);
    assert.ok((await readdir(mail)).includes('Projekte'));
    const states = [];
    for await (const { uid, flags: set } of harness.store.fetch(harness.accountId, after.id, range(1, COUNT), {}))
      if (set.includes('\\Flagged')) states.push(uid);
    assert.equal(states.length, 1);
    await sync();
    assert.equal((await maildir(join(mail, 'INBOX'))).size, COUNT);
  },
);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
