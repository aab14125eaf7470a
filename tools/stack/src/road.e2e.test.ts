import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { LoadClient, messageOf, missing, REPOSITORY, UnexpectedReply } from '@postroad/testkit';
import { type E2eStack, happens, startE2e } from './e2e-stack.ts';

const run = promisify(execFile);

/** The road with the tools people have: submitted by swaks, read by curl and mutt (issue "The road", line 2). */
describe('the road', { skip: missing('swaks', 'curl', 'mutt') }, () => {
  let e2e: E2eStack;
  let alice = '';
  let bob = '';
  before(async () => {
    e2e = await startE2e({ portOffset: 21_000, agents: ['ops', 'mda', 'mta', 'msa'] });
    [alice = '', bob = ''] = e2e.users;
  });
  after(() => e2e.stop());

  const curl = async (path: string, user: string) => {
    const url = `imaps://127.0.0.1:${e2e.stack.ports.imaps}/${path}`;
    return (await run('curl', ['-sk', url, '-u', `${user}:${e2e.password}`])).stdout;
  };

  test('swaks submits over STARTTLS with AUTH; curl reads it over IMAPS, with the trace fields of the way', async () => {
    await run('swaks', [
      ...['--server', '127.0.0.1', '--port', `${e2e.stack.ports.submission}`, '--tls', '--auth', 'PLAIN'],
      ...[
        '-au',
        alice,
        '-ap',
        e2e.password,
        '--from',
        alice,
        '--to',
        bob,
        '--header',
        'Subject: by swaks',
        '--body',
        'hello bob',
      ],
    ]);
    await happens('the message is in the mailbox', async () =>
      (await curl('INBOX;MAILINDEX=1', bob)).includes('hello bob'),
    );
    const message = await curl('INBOX;MAILINDEX=1', bob);
    assert.match(
      message,
      /^Return-Path: <alice@postroad\.test>\r\nDelivered-To: bob@postroad\.test\r\nReceived: from /,
    );
    assert.match(message, /ESMTPSA/);
    assert.match(message, /^Subject: by swaks\r$/m);
  });

  test('mutt reads the same message over IMAPS', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'mutt-'));
    const rc = join(dir, 'muttrc');
    const copy = join(dir, 'copy');
    const user = encodeURIComponent(bob);
    writeFileSync(
      rc,
      `set folder="imaps://${user}@127.0.0.1:${e2e.stack.ports.imaps}/"\nset spoolfile="+INBOX"\nset imap_user="${bob}"\nset imap_pass="${e2e.password}"\n` +
        `set ssl_verify_host=no\nset ssl_verify_dates=no\nset ssl_force_tls=yes\nset certificate_file="${e2e.stack.certificate.ca}"\nset confirmcreate=no\nset copy=no\nset header_cache=""\n`,
    );
    await run('script', ['-qec', `mutt -n -F ${rc} -e 'push "<copy-message>${copy}<enter><quit>n"'`, '/dev/null'], {
      timeout: 90_000,
      env: { ...process.env, TERM: 'xterm', HOME: dir },
    }).catch(() => undefined);
    const { readFileSync } = await import('node:fs');
    assert.match(readFileSync(copy, 'utf8'), /hello bob/);
  });

  test('what comes in from the world reaches the mailbox; strangers cannot relay, nor reach who is not there', async () => {
    const client = await LoadClient.open(e2e.stack.ports.mx);
    const content = messageOf({ from: 'x@world.example', to: bob, size: 2_000, id: 'from the world' });
    const answer = await client.send('x@world.example', [bob], content);
    assert.match(answer.lines.join(''), /queued as \w{26}/);
    await client.say('MAIL FROM:<x@world.example>', 250);
    const refused = (code: number, status: string) => (error: unknown) =>
      error instanceof UnexpectedReply && error.reply.code === code && error.reply.status === status;
    await assert.rejects(client.say('RCPT TO:<y@elsewhere.example>', 250), refused(550, '5.7.1'));
    await assert.rejects(client.say(`RCPT TO:<nobody@${e2e.stack.domain}>`, 250), refused(550, '5.1.1'));
    await client.say(`RCPT TO:<postmaster>`, 250);
    client.close();
    await happens('it is there', async () => (await curl('INBOX;MAILINDEX=2', bob)).includes('bench from the world'));
  });

  test('what `helm test` runs: an account is made, gets a message through RCPT, and is read; without the token it fails', async () => {
    const { ports, home, certificate, domain } = e2e.stack;
    const script = join(REPOSITORY, 'deploy/helm/postroad/files/send.mjs');
    const env = {
      ...process.env,
      TEST_OPS: `http://127.0.0.1:${ports.ops}`,
      TEST_TOKEN_FILE: home.path('ops-token'),
      TEST_MX: `127.0.0.1:${ports.mx}`,
      TEST_IMAPS: `127.0.0.1:${ports.imaps}`,
      TEST_SERVERNAME: `mail.${domain}`,
      TEST_DOMAIN: domain,
      TEST_TIMEOUT_MS: '60000',
      NODE_EXTRA_CA_CERTS: certificate.ca,
    };
    const { stdout } = await run(process.execPath, [script], { env });
    assert.match(stdout, /^sent to helm-test-\w+@postroad\.test: 250 .*\nand read back by IMAP\n$/);
    const stranger = join(mkdtempSync(join(tmpdir(), 'postroad-token-')), 'token');
    writeFileSync(stranger, 'not the token\n');
    await assert.rejects(
      run(process.execPath, [script], { env: { ...env, TEST_TOKEN_FILE: stranger } }),
      ({ code, stdout: told }: { code: number; stdout: string }) => code === 1 && /failed: .*401/.test(told),
    );
  });

  test('when all is delivered nothing is left in the broker', async () => {
    await happens('the spool is empty', async () => {
      const counts = await Promise.all(
        ['SPOOL', 'DELIVER', 'QUEUE'].map(async (s) => (await e2e.stack.bus.jsm.streams.info(s)).state.messages),
      );
      return counts.every((count) => count === 0);
    });
  });
});
