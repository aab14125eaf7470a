import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { needs, runProgram } from './testing/clients.ts';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';
import { mbsync, syncedMessages } from './testing/mbsync.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
  await harness.deliver(Buffer.from('From: a@example.org\r\nSubject: one\r\n\r\nbody\r\n'));
});
after(() => harness.close());

/** The program and the module of libsasl2 that knows SCRAM. */
function needsScram(program: string): { skip: string | false } {
  const needed = needs(program);
  if (needed.skip !== false) return needed;
  const folders = ['/usr/lib/sasl2', ...readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/sasl2`)];
  if (folders.some((folder) => existsSync(join(folder, 'libscram.so')))) return { skip: false };
  if (process.env['CI'] === 'true') throw new Error('libsasl2-modules is not installed');
  return { skip: 'libsasl2-modules is not installed' };
}

test(
  'mbsync signs in with SCRAM-SHA-256 of libsasl2, and is refused with a wrong password',
  needsScram('mbsync'),
  async () => {
    const mail = join(harness.directory, 'scram');
    await mkdir(mail);
    const said = await mbsync(harness, { mail, account: 'AuthMechs SCRAM-SHA-256', args: ['-Dn'] });
    assert.match(said, /AUTHENTICATE SCRAM-SHA-256/);
    assert.doesNotMatch(said, /LOGIN|AUTHENTICATE PLAIN/);
    assert.equal((await syncedMessages(join(mail, 'INBOX'))).size, 1);
    const wrong = mbsync(harness, { mail, account: 'AuthMechs SCRAM-SHA-256', password: `${PASSWORD}!` });
    await assert.rejects(wrong, /AUTHENTICATIONFAILED/);
  },
);

test('mutt signs in with SCRAM-SHA-256 of libsasl2', needsScram('mutt'), async () => {
  const { directory } = harness;
  const [config, copy] = [join(directory, 'scramrc'), join(directory, 'scram.txt')];
  await writeFile(
    config,
    `set folder="imaps://localhost:${String(harness.tls)}/"\nset spoolfile="+INBOX"\nset imap_user="${USER}"\n` +
      `set imap_pass='${PASSWORD}'\nset certificate_file="${harness.certificate}"\nset ssl_verify_host=no\n` +
      'set imap_authenticators="scram-sha-256"\nset wait_key=no\nset pipe_decode=no\nset quit=yes\nset move=no\n',
  );
  const keys = `<first-entry><pipe-message>cat > ${copy}<enter><quit>`;
  await runProgram('script', ['-qec', `TERM=xterm mutt -n -d 2 -F ${config} -e 'push "${keys}"'`, '/dev/null'], {
    timeout: 90_000,
    env: { HOME: directory },
  });
  assert.match(await readFile(copy, 'latin1'), /Subject: one\r?\n\r?\nbody/);
  assert.match(await readFile(join(directory, '.muttdebug0'), 'latin1'), /AUTHENTICATE SCRAM-SHA-256/);
});
