import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { corpusMessages, needsCorpusAnd, runProgram } from './testing/clients.ts';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

/** offlineimap3 writes messages through Python's email package, which puts a space behind the colon of a folded empty line. */
const asPython = (text: string): string => text.replace(/: \r\n(?=[ \t])/g, ':\r\n');

test('offlineimap3 syncs both ways', needsCorpusAnd('offlineimap'), async () => {
  const messages = corpusMessages(60);
  for (const content of messages) await harness.deliver(content);
  const mail = join(harness.directory, 'offline');
  const config = join(harness.directory, 'offlineimaprc');
  await mkdir(mail);
  await writeFile(
    config,
    `[general]\naccounts = a\nmetadata = ${harness.directory}/meta\nui = basic\n\n[Account a]\nlocalrepository = l\nremoterepository = r\n\n` +
      `[Repository l]\ntype = Maildir\nlocalfolders = ${mail}\n\n[Repository r]\ntype = IMAP\nremotehost = localhost\n` +
      `remoteport = ${String(harness.tls)}\nssl = yes\nsslcacertfile = ${harness.certificate}\nremoteuser = ${USER}\n` +
      `remotepass = ${PASSWORD}\n`,
  );
  const sync = (): Promise<string> =>
    runProgram('offlineimap', ['-o', '-c', config], { env: { HOME: harness.directory } });
  await sync();
  const names = [...(await readdir(join(mail, 'INBOX/new'))), ...(await readdir(join(mail, 'INBOX/cur')))];
  assert.equal(names.length, messages.length);
  const read = async (name: string): Promise<string> => {
    const file = await readFile(join(mail, 'INBOX/new', name), 'latin1').catch(() =>
      readFile(join(mail, 'INBOX/cur', name), 'latin1'),
    );
    return asPython(file.replace(/\r?\n/g, '\r\n'));
  };
  const texts = new Set(await Promise.all(names.map(read)));
  const missing = messages.filter((content) => !texts.has(asPython(content.toString('latin1'))));
  assert.deepEqual(
    missing.map((content) => content.toString('latin1').slice(0, 300)),
    [],
  );
  await writeFile(join(mail, 'INBOX/cur/push:2,S'), 'Subject: pushed by offlineimap\n\nbody\n');
  await sync();
  const inbox = await harness.store.mailbox(harness.accountId, 'INBOX');
  assert.equal(inbox?.messages, messages.length + 1);
  const key = { op: 'text', field: 'text', text: 'pushed by offlineimap' } as const;
  const found = await harness.store.search(harness.accountId, inbox.id, key);
  assert.deepEqual([...found.uids], [messages.length + 1]);
});
