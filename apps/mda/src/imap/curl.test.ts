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

test('curl appends and reads over TLS and STARTTLS, lists and searches', needs('curl'), async () => {
  const message = 'From: a@example.org\r\nSubject: by curl\r\n\r\nHello curl\r\n.\r\n';
  const file = join(harness.directory, 'm.eml');
  await writeFile(file, message);
  const curl = (url: string, ...more: string[]): Promise<string> =>
    runProgram('curl', [
      '-sS',
      '--cacert',
      harness.certificate,
      '--ssl-reqd',
      '-u',
      `${USER}:${PASSWORD}`,
      ...more,
      url,
    ]);
  const tls = `imaps://localhost:${String(harness.tls)}`;
  const starttls = `imap://localhost:${String(harness.starttls)}`;
  await curl(`${tls}/INBOX`, '-T', file);
  await curl(`${starttls}/INBOX`, '-T', file);
  assert.equal(await curl(`${starttls}/INBOX;MAILINDEX=1`), message);
  assert.equal(await curl(`${tls}/INBOX;UID=2`), message);
  assert.equal(await curl(`${tls}/INBOX;UID=2;SECTION=TEXT`), 'Hello curl\r\n.\r\n');
  assert.match(await curl(`${tls}/`), /\* LIST \(\\HasNoChildren \\Sent\) "\/" "?Sent"?/);
  assert.match(await curl(`${tls}/INBOX?SUBJECT%20curl`), /\* SEARCH 1 2\r\n/);
  await assert.rejects(runProgram('curl', ['-sS', '-k', '-u', `${USER}:wrong`, `${tls}/`]));
  await assert.rejects(
    runProgram('curl', ['-sS', '-u', `${USER}:${PASSWORD}`, `${starttls}/`]),
    /Login denied|Access denied|denied/,
  );
});
