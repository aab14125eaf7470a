import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { needs, runProgram } from './testing/clients.ts';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

test('neomutt opens INBOX, reads, flags, saves to another folder and deletes', needs('neomutt'), async () => {
  for (const subject of ['first', 'second', 'third'])
    await harness.deliver(
      Buffer.from(
        `From: a@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@x>\r\n\r\nbody of ${subject}\r\n`,
      ),
    );
  const { store, accountId, directory } = harness;
  await store.createMailbox(accountId, 'Größe');
  const [config, copy] = [join(directory, 'neomuttrc'), join(directory, 'copy.txt')];
  await writeFile(
    config,
    `set folder="imaps://localhost:${String(harness.tls)}/"\nset spoolfile="+INBOX"\nset imap_user="${USER}"\n` +
      `set imap_pass='${PASSWORD}'\nset certificate_file="${harness.certificate}"\nset ssl_verify_host=no\nset ssl_use_system_certs=no\n` +
      'set delete=yes\nset confirm_append=no\nset confirm_create=no\nset wait_key=no\nset pipe_decode=no\nset sort=mailbox-order\n' +
      'set quit=yes\nset move=no\nset charset=utf-8\nset imap_condstore=yes\nset imap_qresync=yes\n' +
      `set header_cache=${directory}/neomutt-cache\n`,
  );
  const keys =
    `<first-entry><pipe-message>cat > ${copy}<enter><next-entry><flag-message><first-entry><save-message>=Größe<enter>` +
    '<last-entry><delete-message><sync-mailbox><quit>';
  const drive = (what: string): Promise<string> =>
    runProgram(
      'script',
      ['-qec', `TERM=xterm LC_ALL=C.UTF-8 neomutt -n -F ${config} -e 'push "${what}"'`, '/dev/null'],
      {
        timeout: 90_000,
        env: { HOME: directory },
      },
    );
  await drive(keys);
  assert.equal(
    (await readFile(copy, 'latin1')).replaceAll('\r\n', '\n'),
    'From: a@example.org\nSubject: first\nMessage-ID: <first@x>\n\nbody of first\n',
  );
  const inbox = await store.mailbox(accountId, 'INBOX');
  const saved = await store.mailbox(accountId, 'Größe');
  assert.deepEqual([inbox?.messages, saved?.messages], [1, 1]);
  const left = [];
  for await (const { uid, flags } of store.fetch(accountId, inbox?.id ?? 0, [1, 2, 3], {})) left.push({ uid, flags });
  assert.equal(left[0]?.uid, 2);
  assert.ok(left[0].flags.includes('\\Flagged'));
  // again, with the state it kept: one more has come, and is all that is there beside the old one
  await harness.deliver(Buffer.from('From: a@example.org\r\nSubject: fourth\r\n\r\nbody of fourth\r\n'));
  await drive(`<last-entry><pipe-message>cat > ${copy}<enter><save-message>=Größe<enter><sync-mailbox><quit>`);
  assert.match(await readFile(copy, 'latin1'), /Subject: fourth\r?\n\r?\nbody of fourth/);
  const after = [await store.mailbox(accountId, 'INBOX'), await store.mailbox(accountId, 'Größe')];
  assert.deepEqual(
    after.map((mailbox) => mailbox?.messages),
    [1, 2],
  );
});
