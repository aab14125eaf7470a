import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { eventually } from '@postroad/testkit';
import { needs, runProgram } from '../imap/testing/clients.ts';
import { contentsOf } from '../imap/testing/contents.ts';
import { type Harness, startHarness } from '../imap/testing/harness.ts';
import { type DeliveryHarness, startDelivery } from './testing/delivery.ts';
import { startPostfix, type TestPostfix } from './testing/postfix.ts';

/** For a Postfix with all its processes. */
const PATIENCE_MS = 40_000;

/** It switches users, so it is started by root. */
const root = process.getuid?.() === 0 ? false : 'Postfix is started by root';

suite('mail of other programs over LMTP, read over IMAP', () => {
  let imap: Harness;
  let lmtp: DeliveryHarness;
  before(async () => {
    imap = await startHarness();
    lmtp = await startDelivery({ store: imap.store });
  });
  after(async () => {
    await lmtp.close();
    await imap.close();
  });

  test('Postfix delivers through lmtp:inet', { skip: root || needs('postfix').skip }, async () => {
    let postfix: TestPostfix | null = null;
    try {
      postfix = await startPostfix('postroad.test', lmtp.port);
      const { port, log } = postfix;
      lmtp.quotas['carol'] = { messages: 0 };
      const body = Array.from({ length: 3000 }, (_, i) => `.line ${String(i)} with a dot in front`).join('\r\n');
      const message = `From: a@example.org\r\nTo: b@example.org\r\nMessage-ID: <big@example.org>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\nSubject: gr\xfc\xdfe\r\n\r\n${body}\r\n`;
      const file = join(imap.directory, 'postfix.eml');
      await writeFile(file, message, 'latin1');
      const send = (to: string): Promise<string> =>
        runProgram('curl', [
          '-sS',
          `smtp://127.0.0.1:${String(port)}/client.test`,
          '--mail-from',
          'a@example.org',
          ...to.split(' ').flatMap((one) => ['--mail-rcpt', `${one}@postroad.test`]),
          '-T',
          file,
        ]);
      await send('alice bob carol nobody');
      await eventually(
        () =>
          (['alice', 'bob'].every((name) => log().includes(`to=<${name}@postroad.test>`)) &&
            /carol@postroad\.test>.*status=/.test(log()) &&
            /nobody@postroad\.test>.*status=/.test(log())) ||
          log(),
        PATIENCE_MS,
      );
      for (const name of ['alice', 'bob']) {
        assert.match(log(), new RegExp(`to=<${name}@postroad\\.test>,.* status=sent \\(250 2\\.1\\.5 OK, filed as`));
        const [got] = [...(await contentsOf(imap, `${name}@postroad.test`)).values()];
        const text = got?.toString('latin1') ?? '';
        assert.match(
          text,
          new RegExp(
            `^Return-Path: <a@example\\.org>\\r\\nDelivered-To: ${name}@postroad\\.test\\r\\nReceived: from postfix\\.test`,
          ),
        );
        assert.equal(text.slice(text.indexOf('From: a@example.org')), message);
      }
      assert.match(
        log(),
        /to=<carol@postroad\.test>,.* dsn=4\.2\.2, status=deferred \(.*452 4\.2\.2 The mailbox is full/,
      );
      assert.match(log(), /to=<nobody@postroad\.test>,.* dsn=5\.1\.1, status=bounced \(.*550 5\.1\.1/);
      // there is room again: what was deferred comes with the next attempt, and comes once
      delete lmtp.quotas['carol'];
      execFileSync('postqueue', ['-c', postfix.etc, '-f']);
      await eventually(() => /to=<carol@postroad\.test>,.* status=sent/.test(log()) || log(), PATIENCE_MS);
      assert.equal((await contentsOf(imap, 'carol@postroad.test')).size, 1);
    } finally {
      postfix?.stop();
    }
  });

  test('swaks delivers over LMTP, with STARTTLS too', needs('swaks'), async () => {
    const before = (await contentsOf(imap, 'bob@postroad.test')).size;
    const run = (...more: string[]): Promise<string> =>
      runProgram('swaks', [
        '--protocol',
        'LMTP',
        '--server',
        `127.0.0.1:${String(lmtp.port)}`,
        '--from',
        'a@example.org',
        '--to',
        'bob@postroad.test,alice@postroad.test',
        '--header',
        'Subject: by swaks',
        '--body',
        'hello swaks',
        ...more,
      ]);
    const said = await run();
    assert.match(said, /LHLO/);
    assert.equal(said.match(/^<-\s+250 2\.1\.5 OK, filed as/gm)?.length, 2);
    assert.match(await run('--tls'), /TLS started[\s\S]*250 2\.1\.5 OK, filed as/);
    const all = [...(await contentsOf(imap, 'bob@postroad.test')).values()].slice(before);
    assert.equal(all.length, 2);
    assert.match(all[0]?.toString('latin1') ?? '', /with LMTP[\s\S]*Subject: by swaks[\s\S]*hello swaks/);
    assert.match(all[1]?.toString('latin1') ?? '', /with LMTPS[\s\S]*hello swaks/);
  });
});
