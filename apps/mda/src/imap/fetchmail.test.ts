import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
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

test(
  'fetchmail fetches all with an mda, byte for byte, and takes what it fetched away',
  needsCorpusAnd('fetchmail'),
  async () => {
    const messages = corpusMessages(COUNT);
    for (const content of messages) await harness.deliver(content);
    const { directory } = harness;
    const [out, script, config] = [join(directory, 'fetched'), join(directory, 'keep'), join(directory, 'fetchmailrc')];
    await mkdir(out);
    await writeFile(script, `#!/bin/sh\ncat > "$(mktemp ${out}/XXXXXXXX)"\n`);
    await chmod(script, 0o755);
    await writeFile(
      config,
      `set pidfile "${directory}/fetchmail.pid"\nset idfile "${directory}/fetchids"\nset no bouncemail\n` +
        `poll localhost protocol IMAP port ${String(harness.tls)} user "${USER}" password '${PASSWORD.replaceAll('\\', '\\\\')}'\n` +
        `  no keep ssl sslcertck sslcertfile "${harness.certificate}" no rewrite mda "${script}"\n`,
      { mode: 0o600 },
    );
    // no Received of its own
    await runProgram('fetchmail', ['-f', config, '--nodetach', '--all', '--invisible'], { env: { HOME: directory } });
    const fetched = new Map<number, string>();
    for (const name of await readdir(out)) {
      const text = (await readFile(join(out, name), 'latin1')).replace(/\r?\n/g, '\r\n');
      fetched.set(Number(/^X-Number: (\d+)/m.exec(text)?.[1]), text);
    }
    assert.equal(fetched.size, COUNT);
    for (const [n, content] of messages.entries())
      assert.equal(fetched.get(n), content.toString('latin1'), `message ${String(n)}`);
    assert.equal((await harness.store.mailbox(harness.accountId, 'INBOX'))?.messages, 0);
  },
);
