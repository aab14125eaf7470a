import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { goldenMessages } from './goldens/messages.ts';
import { needsCorpusAnd } from './testing/clients.ts';
import { contentsOf } from './testing/contents.ts';
import { type Harness, startHarness, USER } from './testing/harness.ts';
import { mbsync, syncedMessages } from './testing/mbsync.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

/** mbsync takes no message without an empty line ("incomplete header; skipping"): it could not put its own field in. */
const taken = (octets: Buffer): boolean => /(?:^|\n)\r\n/.test(octets.toString('latin1'));
/** The one message that ends with a bare CR: mbsync, which writes LF for CRLF, leaves a CR at the very end out. */
const ENDS_WITH_CR = 'mail-parser/legacy/049.eml';

/** By this field mbsync finds again what it has written, here too; it stays. */
const withoutTuid = (octets?: Buffer): string | undefined =>
  octets?.toString('latin1').replace(/^X-TUID: .{12}\r\n/m, '');

test(
  'mbsync: the whole corpus into a Maildir and into another account, byte for byte',
  needsCorpusAnd('mbsync'),
  async () => {
    const { messages, leftOut } = goldenMessages();
    // NUL cannot be carried by IMAP (RFC 9051 §9, CHAR8)
    assert.deepEqual([messages.length, leftOut], [309, ['mail-parser/thirdparty/005.eml']]);
    for (const { octets } of messages) await harness.deliver(octets);
    const stored = await contentsOf(harness, USER);
    for (const [i, { name, octets }] of messages.entries())
      assert.ok(stored.get(i + 1)?.equals(octets), `${name} as the server gives it`);

    const near = join(harness.directory, 'near');
    await mkdir(near);
    const said = await mbsync(harness, { mail: near });
    const pulled = await syncedMessages(join(near, 'INBOX'));
    const expected = messages.flatMap(({ octets }, i) => (taken(octets) ? [i + 1] : []));
    assert.equal(expected.length, 240);
    assert.deepEqual(
      [...pulled.keys()].sort((a, b) => a - b),
      expected,
    );
    assert.equal(said.match(/incomplete header; skipping/g)?.length, messages.length - expected.length);
    for (const [uid, { octets }] of pulled) {
      const { name, octets: original } = messages[uid - 1] ?? { name: '', octets: Buffer.alloc(0) };
      const text = original.toString('latin1').replaceAll('\r\n', '\n');
      assert.equal(
        octets.toString('latin1'),
        name === ENDS_WITH_CR ? text.slice(0, -1) : text,
        `${name} in the Maildir`,
      );
    }

    // into the account of bob: the same files, as if they had come from somewhere else
    const back = join(harness.directory, 'back');
    for (const sub of ['', 'INBOX', 'INBOX/cur', 'INBOX/new', 'INBOX/tmp']) await mkdir(join(back, sub));
    for (const [uid, { octets }] of pulled)
      await writeFile(
        join(back, 'INBOX/cur', `${String(1700000000 + uid)}.m${String(uid)}.here:2,${uid % 2 ? 'S' : ''}`),
        octets,
      );
    const bob = 'bob@postroad.test';
    await mbsync(harness, { mail: back, user: bob });
    const arrived = await contentsOf(harness, bob);
    const pushed = await syncedMessages(join(back, 'INBOX'));
    assert.deepEqual([arrived.size, pushed.size], [expected.length, expected.length]);
    for (const [uid, { file }] of pushed) {
      const original = messages[Number(/\.m(\d+)\./.exec(file)?.[1]) - 1];
      assert.ok(original);
      const octets = original.name === ENDS_WITH_CR ? original.octets.subarray(0, -1) : original.octets;
      assert.equal(withoutTuid(arrived.get(uid)), octets.toString('latin1'), `${original.name} at bob’s`);
    }

    // both ways at once: flags from the Maildir, flags and a deletion from the server
    const [one, two, three] = expected as [number, number, number];
    const file = pulled.get(one)?.file ?? '';
    await rename(
      file,
      file
        .replace(/:2,.*/, ':2,FS')
        .replace('/new/', '/cur/')
        .replace(/(U=\d+)$/, '$1:2,FS'),
    );
    const inbox = await harness.store.mailbox(harness.accountId, 'INBOX');
    const id = inbox?.id ?? 0;
    await harness.store.storeFlags(harness.accountId, id, [two], { mode: 'add', flags: ['\\Answered'] });
    await harness.store.storeFlags(harness.accountId, id, [three], { mode: 'add', flags: ['\\Deleted'] });
    await harness.store.expunge(harness.accountId, id, [three]);
    await mbsync(harness, { mail: near });
    const names = [...(await readdir(join(near, 'INBOX/cur'))), ...(await readdir(join(near, 'INBOX/new')))];
    assert.equal(names.length, expected.length - 1);
    assert.ok(names.some((name) => /:2,.*R/.test(name)));
    const flags = [];
    for await (const message of harness.store.fetch(harness.accountId, id, [one], {})) flags.push(...message.flags);
    assert.ok(flags.includes('\\Flagged') && flags.includes('\\Seen'));
    assert.doesNotMatch(
      await readFile(join(near, 'INBOX/.mbsyncstate'), 'utf8'),
      new RegExp(`^${String(three)} \\d`, 'm'),
    );
  },
);
