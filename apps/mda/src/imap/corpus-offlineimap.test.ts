import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { goldenMessages } from './goldens/messages.ts';
import { needsCorpusAnd, runProgram } from './testing/clients.ts';
import { contentsOf } from './testing/contents.ts';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

const BOB = 'bob@postroad.test';

/**
 * offlineimap3 does not copy messages: it parses each with Python's email package (from the server with CRLF, from the Maildir with LF)
 * and writes what that makes of it, at the server with CRLF for every CR and LF (imaplib). This makes the same of a directory's files, without IMAP in between.
 */
const AS_PYTHON = `
import os, sys
from email import policy
from email.errors import NoBoundaryInMultipartDefect
from email.parser import BytesParser
from imaplib import MapCRLF
from offlineimap.folder.Base import BaseFolder
near = policy.default.clone(cte_type='8bit', utf8=True, refold_source='none')
far = near.clone(linesep='\\r\\n')
first, then = (far, near) if sys.argv[1] == 'pull' else (near, far)
for name in os.listdir(sys.argv[2]):
    path = os.path.join(sys.argv[2], name)
    octets = open(path, 'rb').read()
    message = BytesParser(policy=first).parsebytes(octets)
    if any(isinstance(defect, NoBoundaryInMultipartDefect) for defect in message.defects):
        message = BytesParser(policy=first).parsebytes(BaseFolder._quote_boundary_fix(None, octets))
    made = message.as_bytes(policy=then)
    open(path, 'wb').write(MapCRLF.sub(b'\\r\\n', made) if sys.argv[1] == 'push' else made)
`;

async function asPython(way: 'pull' | 'push', messages: ReadonlyMap<number, Buffer>): Promise<Map<number, Buffer>> {
  const folder = join(harness.directory, `python-${way}`);
  await mkdir(folder);
  for (const [key, octets] of messages) await writeFile(join(folder, String(key)), octets);
  // the interpreter that offlineimap itself runs with
  await runProgram('/usr/bin/python3', ['-c', AS_PYTHON, way, folder], {
    env: { PYTHONPATH: '/usr/share/offlineimap3' },
  });
  const made = new Map<number, Buffer>();
  for (const key of messages.keys()) made.set(key, await readFile(join(folder, String(key))));
  return made;
}

async function sync(user: string, mail: string): Promise<void> {
  const config = `${mail}.rc`;
  await writeFile(
    config,
    `[general]\naccounts = a\nmetadata = ${mail}.meta\nui = basic\n\n[Account a]\nlocalrepository = l\nremoterepository = r\n\n` +
      `[Repository l]\ntype = Maildir\nlocalfolders = ${mail}\n\n[Repository r]\ntype = IMAP\nremotehost = localhost\n` +
      `remoteport = ${String(harness.tls)}\nssl = yes\nsslcacertfile = ${harness.certificate}\nremoteuser = ${user}\n` +
      `remotepass = ${PASSWORD}\n`,
  );
  await runProgram('offlineimap', ['-o', '-c', config], { env: { HOME: harness.directory } });
}

/** Messages of a Maildir of offlineimap by their UID at the server, which is in the name. */
async function synced(maildir: string): Promise<Map<number, { file: string; octets: Buffer }>> {
  const found = new Map<number, { file: string; octets: Buffer }>();
  for (const sub of ['new', 'cur'])
    for (const name of await readdir(join(maildir, sub))) {
      const file = join(maildir, sub, name);
      found.set(Number(/,U=(\d+)/.exec(name)?.[1]), { file, octets: await readFile(file) });
    }
  return found;
}

const latin1 = (octets?: Buffer): string | undefined => octets?.toString('latin1');

test(
  'offlineimap3: the whole corpus into a Maildir and into another account: what Python makes of it, octet for octet',
  needsCorpusAnd('offlineimap'),
  async () => {
    const { messages } = goldenMessages();
    for (const { octets } of messages) await harness.deliver(octets);
    const near = join(harness.directory, 'near');
    await mkdir(near);
    await sync(USER, near);
    const pulled = await synced(join(near, 'INBOX'));
    assert.equal(pulled.size, 309);
    const expected = await asPython('pull', new Map(messages.map(({ octets }, i) => [i + 1, octets])));
    let same = 0;
    for (const [i, { name, octets }] of messages.entries()) {
      const got = latin1(pulled.get(i + 1)?.octets);
      assert.equal(got, latin1(expected.get(i + 1)), `${name} in the Maildir`);
      if (got === latin1(octets)?.replaceAll('\r\n', '\n')) same++;
    }
    // the rest are malformed messages, parts without a header section, odd white space and empty folded lines
    assert.ok(same > 100, `${String(same)} are the same octets`);

    // into the account of bob, from a Maildir that knows no UIDs
    const back = join(harness.directory, 'back');
    for (const sub of ['', 'INBOX', 'INBOX/cur', 'INBOX/new', 'INBOX/tmp']) await mkdir(join(back, sub));
    for (const [uid, { octets }] of pulled)
      await writeFile(join(back, 'INBOX/cur', `${String(1700000000 + uid)}.m${String(uid)}.here:2,S`), octets);
    await sync(BOB, back);
    const arrived = await contentsOf(harness, BOB);
    const pushed = await synced(join(back, 'INBOX'));
    const again = await asPython('push', new Map([...pulled].map(([uid, { octets }]) => [uid, octets])));
    assert.deepEqual([arrived.size, pushed.size], [309, 309]);
    const counts = (texts: Iterable<string | undefined>): Map<string | undefined, number> => {
      const found = new Map<string | undefined, number>();
      for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1);
      return found;
    };
    assert.deepEqual(counts([...arrived.values()].map(latin1)), counts([...again.values()].map(latin1)));

    // both ways: a flag from the Maildir, a flag and a deletion from the server
    const file = pulled.get(1)?.file ?? '';
    const renamed = file.includes(':2,') ? file.replace(/:2,.*/, ':2,FS') : `${file}:2,FS`;
    await rename(file, renamed.replace('/new/', '/cur/'));
    const { store, accountId } = harness;
    const id = (await store.mailbox(accountId, 'INBOX'))?.id ?? 0;
    await store.storeFlags(accountId, id, [2], { mode: 'add', flags: ['\\Answered'] });
    await store.storeFlags(accountId, id, [3], { mode: 'add', flags: ['\\Deleted'] });
    await store.expunge(accountId, id, [3]);
    await sync(USER, near);
    const after = await synced(join(near, 'INBOX'));
    assert.equal(after.size, 308);
    assert.match(after.get(2)?.file ?? '', /:2,.*R/);
    const flags = [];
    for await (const message of store.fetch(accountId, id, [1], {})) flags.push(...message.flags);
    assert.ok(flags.includes('\\Flagged') && flags.includes('\\Seen'));
  },
);
