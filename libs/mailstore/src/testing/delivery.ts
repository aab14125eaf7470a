import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inbox, item, newAccount, PREFIX, readAll, type Subject, text } from './helpers.ts';

/** What mda/deliver relies on (DESIGN §3.4). */
export function deliveryTests(subject: Subject): void {
  filingTests(subject);
  placeTests(subject);
  failureTests(subject);
}

function filingTests({ store, reopen }: Subject): void {
  test('a delivered message is served as prefix + content, with UID, MODSEQ and structure', async () => {
    const account = newAccount();
    const [first, second] = await store().deliver([item(account, text('one')), item(account, text('two'))]);
    assert.ok(first?.status === 'filed' && second?.status === 'filed');
    assert.deepEqual([first.uid, second.uid], [1, 2]);
    assert.ok(second.modseq > first.modseq);
    const mailbox = await inbox(store(), account);
    assert.equal(mailbox.id, first.mailboxId);
    assert.equal(mailbox.highestModseq, second.modseq);
    assert.deepEqual([mailbox.messages, mailbox.unseen, mailbox.uidNext], [2, 2, 3]);
    const [one] = await readAll(store(), account, mailbox.id);
    assert.equal(one?.text, `${PREFIX.toString()}${text('one').toString()}`);
    assert.equal(one.size, one.text.length);
    assert.equal(one.prefixSize, PREFIX.length);
    assert.equal(one.internalDate, 1_700_000_000_000);
    assert.equal((JSON.parse(one.structure ?? '') as { envelope: { subject: string } }).envelope.subject, 'one');
  });

  test('a repeated key is a duplicate, also within one batch, after removal of the message and after reopening', async () => {
    const account = newAccount();
    const once = item(account, text('once'));
    const results = await store().deliver([once, once, item(account, text('other'))]);
    assert.deepEqual(
      results.map((result) => result.status),
      ['filed', 'duplicate', 'filed'],
    );
    const { id } = await inbox(store(), account);
    await store().storeFlags(account, id, [1], { mode: 'add', flags: ['\\Deleted'] });
    assert.deepEqual(await store().expunge(account, id), [1]);
    await reopen();
    assert.deepEqual(await store().deliver([once]), [{ status: 'duplicate' }]);
    const other = { ...once, finalRecipient: 'c@example.org' };
    assert.equal((await store().deliver([other]))[0]?.status, 'filed');
  });

  test('over quota defers that item alone, counts prefix and content, and leaves no key behind', async () => {
    const account = newAccount();
    const size = text('q').length + PREFIX.length;
    const full = item(account, text('q'), { quota: { bytes: size - 1 } });
    const results = await store().deliver([
      full,
      item(newAccount(), text('fits')),
      item(account, text('r'), { quota: { bytes: size } }),
    ]);
    assert.deepEqual(
      results.map((result) => result.status),
      ['deferred', 'filed', 'filed'],
    );
    const again = await store().deliver([{ ...full, quota: { messages: 2 } }]);
    assert.equal(again[0]?.status, 'filed');
    assert.deepEqual(await store().deliver([{ ...full, quota: { messages: 1 } }]), [{ status: 'duplicate' }]);
    assert.deepEqual(await store().usage(account), { bytes: 2 * size, messages: 2 });
  });
}

function placeTests({ store }: Subject): void {
  test('the mailbox named takes the message, a missing one is made on request, else INBOX takes it', async () => {
    const account = newAccount();
    await store().deliver([
      item(account, text('a'), { mailbox: 'Junk', flags: ['\\Seen', '$Junk'] }),
      item(account, text('b'), { mailbox: 'Lists/node', create: true }),
      item(account, text('c'), { mailbox: 'nowhere' }),
      item(account, text('d'), { mailbox: 'bad//name', create: true }),
    ]);
    const count = async (name: string): Promise<number | undefined> => (await store().mailbox(account, name))?.messages;
    assert.deepEqual(
      [await count('Junk'), await count('Lists/node'), await count('Lists'), await count('inbox')],
      [1, 1, 0, 2],
    );
    const junk = await store().mailbox(account, 'Junk');
    assert.equal(junk?.unseen, 0);
    assert.deepEqual((await readAll(store(), account, junk.id))[0]?.flags, ['\\Seen', '$Junk']);
  });

  test('old delivery keys are forgotten on request, not before', async () => {
    const account = newAccount();
    const once = item(account, text('purge'));
    await store().deliver([once]);
    await store().purgeDeliveries(Date.now() - 60_000);
    assert.deepEqual(await store().deliver([once]), [{ status: 'duplicate' }]);
    assert.ok((await store().purgeDeliveries(Date.now() + 1)) >= 1);
    assert.equal((await store().deliver([once]))[0]?.status, 'filed');
  });

  test('concurrent batches give every message a UID of its own, in MODSEQ order', async () => {
    const account = newAccount();
    const batches = Array.from({ length: 20 }, (_, b) =>
      Array.from({ length: 10 }, (_x, i) => item(account, text(`${String(b)}-${String(i)}`))),
    );
    const results = (await Promise.all(batches.map((batch) => store().deliver(batch)))).flat();
    const filed = results.flatMap((result) => (result.status === 'filed' ? result : [])).sort((a, b) => a.uid - b.uid);
    assert.deepEqual(
      filed.map((result) => result.uid),
      Array.from({ length: 200 }, (_, i) => i + 1),
    );
    assert.ok(filed.every((result, i) => i === 0 || result.modseq > (filed[i - 1]?.modseq ?? Infinity)));
  });
}

function failureTests({ store }: Subject): void {
  test('a batch that fails files nothing, leaves those beside it alone, and says whose fault it was', async () => {
    const [account, other] = [newAccount(), newAccount()];
    const broken = item(account, text('broken'), { queueId: undefined as never });
    const wrongHash = item(account, text('wrong'));
    const batches = [
      store().deliver([item(other, text('before'))]),
      store().deliver([item(account, text('lost with it')), broken]),
      store().deliver([{ ...wrongHash, content: { ...wrongHash.content, sha256: 'zz' } }]),
      store().deliver([item(other, text('after'))]),
    ];
    const outcomes = await Promise.allSettled(batches);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'filed' : (outcome.reason as { code: string }).code)),
      ['filed', 'INTERNAL', 'INVALID', 'filed'],
    );
    assert.deepEqual([(await inbox(store(), account)).messages, (await inbox(store(), other)).messages], [0, 2]);
  });

  test('a stream that breaks rejects with its own error and leaves nothing', async () => {
    const account = newAccount();
    const large = item(account, Buffer.alloc(400_000, 'x'));
    const failure = Object.assign(new Error('chunk missing'), { code: 'SPOOL_CORRUPT' });

    const stream = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(100_000, 'x');
      throw failure;
    };
    await assert.rejects(store().deliver([{ ...large, content: { ...large.content, stream } }]), failure);
    assert.equal((await store().deliver([large]))[0]?.status, 'filed');
  });
}
