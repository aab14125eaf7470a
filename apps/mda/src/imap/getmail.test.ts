import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { corpusMessages, needsCorpusAnd, runProgram } from './testing/clients.ts';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

const COUNT = 40;

/** Header sections, those of parts too, go through Python's email package, which folds them anew: bodies of one part stay. */
const isSimple = (content: Buffer): boolean => {
  const header = content.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
  return (
    header.split('\r\n').every((line) => /^[\w-]+:|^[ \t]+\S/.test(line)) &&
    !/^content-type:\s*(?:multipart|message)/im.test(header)
  );
};
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n'));

test('getmail6 fetches all into a Maildir, and only what is new the next time', needsCorpusAnd('getmail'), async () => {
  const messages = corpusMessages(400).filter(isSimple).slice(0, COUNT);
  for (const content of messages) await harness.deliver(content);
  const state = join(harness.directory, 'getmail');
  const maildir = join(state, 'Maildir');
  for (const folder of ['', 'cur', 'new', 'tmp']) await mkdir(join(maildir, folder), { recursive: true });
  const asRoot = process.getuid?.() === 0;
  if (asRoot) {
    // it refuses to write a Maildir as root
    const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
    for (const folder of ['', 'cur', 'new', 'tmp']) await chown(join(maildir, folder), id('-u'), id('-g'));
    for (const folder of [harness.directory, state]) await chmod(folder, 0o755);
  }
  await writeFile(
    join(state, 'rc'),
    `[retriever]\ntype = SimpleIMAPSSLRetriever\nserver = localhost\nport = ${String(harness.tls)}\nusername = ${USER}\n` +
      `password = ${PASSWORD}\nca_certs = ${harness.certificate}\nmailboxes = ("INBOX",)\n\n[destination]\ntype = Maildir\n` +
      `path = ${maildir}/\n${asRoot ? 'user = nobody\n' : ''}\n[options]\nread_all = false\ndelivered_to = false\nreceived = false\nverbose = 1\n`,
    { mode: 0o600 },
  );
  const run = (): Promise<string> =>
    runProgram('getmail', ['--getmaildir', state, '--rcfile', 'rc'], { env: { HOME: state } });
  const fetched = async (): Promise<Map<number, string>> => {
    const found = new Map<number, string>();
    for (const name of await readdir(join(maildir, 'new'))) {
      const text = (await readFile(join(maildir, 'new', name), 'latin1')).replace(/\r?\n/g, '\r\n');
      found.set(Number(/^X-Number: (\d+)/m.exec(text)?.[1]), text);
    }
    return found;
  };
  await run();
  const first = await fetched();
  assert.equal(first.size, COUNT);
  for (const [n, content] of messages.entries())
    assert.equal(
      bodyOf(first.get(Number(/X-Number: (\d+)/.exec(content.toString('latin1'))?.[1])) ?? ''),
      bodyOf(content.toString('latin1')),
      `message ${String(n)}`,
    );
  await harness.deliver(Buffer.from('X-Number: 99\r\nSubject: one more\r\n\r\nnew\r\n'));
  assert.match(await run(), /1 messages \(\d+ bytes\) retrieved, 40 skipped/);
  assert.equal((await fetched()).size, COUNT + 1);
});
