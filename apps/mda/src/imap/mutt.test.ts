import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { needs, runProgram } from './testing/clients.ts';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

test('mutt opens INBOX, reads, flags, saves to another mailbox and deletes', needs('mutt'), async () => {
  for (const subject of ['first', 'second', 'third']) {
    await harness.deliver(
      Buffer.from(
        `From: a@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@x>\r\n\r\nbody of ${subject}\r\n`,
      ),
    );
  }
  const config = join(harness.directory, 'muttrc');
  const copy = join(harness.directory, 'copy.txt');
  await writeFile(
    config,
    `set folder="imaps://localhost:${String(harness.tls)}/"\nset spoolfile="+INBOX"\nset imap_user="${USER}"\n` +
      `set imap_pass='${PASSWORD}'\nset certificate_file="${harness.certificate}"\nset ssl_verify_host=no\nset delete=yes\n` +
      'set confirmappend=no\nset confirmcreate=no\nset wait_key=no\nset pipe_decode=no\nset sort=mailbox-order\nset quit=yes\nset move=no\nset imap_idle=yes\n',
  );
  const keys = `<first-entry><pipe-message>cat > ${copy}<enter><next-entry><flag-message><first-entry><save-message>=Archive<enter><last-entry><delete-message><sync-mailbox><quit>`;
  const command = `TERM=xterm mutt -n -F ${config} -e 'push "${keys}"'`;
  await runProgram('script', ['-qec', command, '/dev/null'], { timeout: 90_000, env: { HOME: harness.directory } });
  const { store, accountId } = harness;
  const inbox = await store.mailbox(accountId, 'INBOX');
  const archive = await store.mailbox(accountId, 'Archive');
  assert.deepEqual([inbox?.messages, archive?.messages], [1, 1]);
  const left = [];
  for await (const message of store.fetch(accountId, inbox?.id ?? 0, [1, 2, 3], {}))
    left.push([message.uid, message.flags]);
  assert.equal(left[0]?.[0], 2);
  assert.ok((left[0]?.[1] as string[]).includes('\\Flagged'));
});
