import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyStructureWire, envelopeWire } from '@postroad/imap/wire';
import { parseStructure } from '@postroad/message';
import { fetchAll, inbox, item, lines, newAccount, PREFIX, type Subject, text } from './helpers.ts';

const HTML = lines(
  ['Subject: page', 'Content-Type: text/html; charset=utf-8'],
  '<style>p{}</style><p>Guten&nbsp;Tag, <b>Frau</b> Grün</p>',
);

/** What is computed once at delivery, and the identities of a message (RFC 8474, RFC 8514, RFC 8970). */
export function describeTests(subject: Subject): void {
  wireTests(subject);
  identityTests(subject);
}

function wireTests({ store }: Subject): void {
  test('ENVELOPE, BODYSTRUCTURE and preview come ready, and only what was asked for', async () => {
    const account = newAccount();
    const plain = text('=?utf-8?q?caf=C3=A9?=', 'First line\r\n> quoted\r\nsecond line\r\n');
    await store().deliver([item(account, plain), item(account, HTML), item(account, lines(['Subject: none'], ''))]);
    const { id } = await inbox(store(), account);
    const want = { envelope: true, bodyStructure: true, preview: true, structure: true };
    const messages = await fetchAll(store(), account, id, want);
    [plain, HTML].forEach((content, i) => {
      const structure = parseStructure(content);
      assert.deepEqual(Buffer.from(messages[i]?.envelope ?? []), envelopeWire(structure.envelope));
      assert.deepEqual(Buffer.from(messages[i]?.bodyStructure ?? []), bodyStructureWire(structure));
      assert.deepEqual(JSON.parse(messages[i]?.structure ?? ''), JSON.parse(JSON.stringify(structure)));
    });
    assert.deepEqual(
      messages.map(({ preview }) => preview),
      ['First line second line', 'Guten Tag, Frau Grün', ''],
    );
    for (const message of await fetchAll(store(), account, id, {})) {
      const { envelope, bodyStructure, preview, structure, bytes, prefixSize } = message;
      assert.deepEqual([envelope, bodyStructure, preview, structure, bytes], Array(5).fill(undefined));
      assert.equal(prefixSize, PREFIX.length);
    }
  });

  test('a preview has at most 200 characters, whole ones; text in an attachment is none', async () => {
    const account = newAccount();
    const long = '😀ä'.repeat(300);
    const mixed = lines(
      ['Content-Type: multipart/mixed; boundary=b'],
      '--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nno\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>yes\r\n--b--',
    );
    await store().deliver([item(account, text('long', long)), item(account, mixed)]);
    const { id } = await inbox(store(), account);
    const [first, second] = await fetchAll(store(), account, id, { preview: true });
    assert.equal(first?.preview, '😀ä'.repeat(100));
    assert.equal(second?.preview, 'yes');
  });

  test('messages are read in ascending order whatever the order asked for, many of them page by page', async () => {
    const account = newAccount();
    const batch = Array.from({ length: 700 }, (_, i) => item(account, text(`number ${String(i + 1)}`)));
    await store().deliver(batch);
    const { id } = await inbox(store(), account);
    const some = await fetchAll(store(), account, id, { envelope: true }, [700, 3, 9999, 1]);
    assert.deepEqual(
      some.map(({ uid }) => uid),
      [1, 3, 700],
    );
    const all = await fetchAll(store(), account, id, { envelope: true });
    assert.equal(all.length, 700);
    for (const [i, { envelope }] of all.entries())
      assert.ok(Buffer.from(envelope ?? []).includes(`"number ${String(i + 1)}"`));
  });
}

function identityTests({ store, reopen }: Subject): void {
  test('EMAILID stays with every copy, differs between messages; SAVEDATE is when a message came into its mailbox', async () => {
    const account = newAccount();
    const before = Date.now();
    await store().deliver([item(account, text('same')), item(account, text('same'))]);
    const { id } = await inbox(store(), account);
    const copied = await store().copy(account, id, [1], 'Archive');
    const moved = await store().move(account, id, [2], 'Archive');
    const [one] = await fetchAll(store(), account, id, {});
    await reopen();
    const [copy, move] = await fetchAll(store(), account, copied.mailboxId, {});
    assert.equal(copy?.emailId, one?.emailId);
    assert.notEqual(move?.emailId, one?.emailId);
    for (const message of [one, copy, move]) {
      assert.match(message?.emailId ?? '', /^[A-Za-z0-9_-]{1,255}$/);
      assert.match(message?.threadId ?? '', /^[A-Za-z0-9_-]{1,255}$/);
      assert.ok((message?.savedAt ?? 0) >= before && (message?.savedAt ?? 0) <= Date.now());
    }
    assert.equal(moved.mailboxId, copied.mailboxId);
  });

  test('THREADID joins what Message-ID, In-Reply-To or References join, in one account, and never changes', async () => {
    const [account, other] = [newAccount(), newAccount()];
    const messages = [
      lines(['Message-ID: <a@x>', 'Subject: start']),
      lines(['Message-ID: <c@x>', 'References: <a@x> <b@x>']),
      lines(['Message-ID: <b@x>']),
      lines(['Message-ID: <d@x>', 'In-Reply-To: <c@x>']),
      lines(['Message-ID: <e@x>', 'Subject: start']),
      lines(['Subject: no id']),
      lines(['Subject: no id either']),
    ];
    for (const content of messages) await store().deliver([item(account, content)]);
    await store().deliver([item(other, messages[0] ?? Buffer.alloc(0))]);
    const { id } = await inbox(store(), account);
    const threads = (await fetchAll(store(), account, id, {})).map(({ threadId }) => threadId);
    assert.deepEqual(new Set(threads.slice(0, 4)).size, 1);
    assert.equal(new Set(threads).size, 4);
    const [elsewhere] = await fetchAll(store(), other, (await inbox(store(), other)).id, {});
    assert.ok(!threads.includes(elsewhere?.threadId ?? ''));
    // joins two threads: both keep their ids
    await store().deliver([item(account, lines(['Message-ID: <f@x>', 'References: <e@x> <a@x>']))]);
    const after = (await fetchAll(store(), account, id, {})).map(({ threadId }) => threadId);
    assert.deepEqual(after.slice(0, 7), threads);
    assert.ok([threads[0], threads[4]].includes(after[7]));
  });
}
