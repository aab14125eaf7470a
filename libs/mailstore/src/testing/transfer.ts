import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryKey, MailStore, MessageDump } from '../types.ts';
import { code, drop, fetchAll, inbox, item, named, newAccount, octets, PREFIX, type Subject, text } from './helpers.ts';

export function transferTests({ store, another }: Subject): void {
  test('a copy to another store has everything a client remembers, and can be cut and gone on with', async () => {
    const account = newAccount();
    const keys = await fill(store(), account);
    const target = await another();
    try {
      const dump = await store().transfer.dumpAccount(account);
      await target.store.transfer.loadAccount(dump);
      await load(store(), target.store, account, 1);
      // cut after one page, begun again from the start
      await target.store.transfer.loadAccount(await store().transfer.dumpAccount(account));
      await load(store(), target.store, account, Infinity);
      await target.store.transfer.loadDeliveries(keys);
      await target.store.transfer.loadDeliveries(keys);
      await sameEverywhere(store(), target.store, account);
      assert.deepEqual(await target.store.transfer.accounts(), [account]);
      assert.deepEqual(await target.store.transfer.dumpDeliveries(null, 1000), keys);
      await goesOn(target.store, account);
    } finally {
      await target.close();
    }
  });

  test('accounts and delivery keys are listed, the latter page by page', async () => {
    const account = newAccount();
    await store().deliver(Array.from({ length: 5 }, (_, i) => item(account, text(String(i)))));
    assert.ok((await store().transfer.accounts()).includes(account));
    const found: DeliveryKey[] = [];
    let after: DeliveryKey | null = null;
    for (;;) {
      const page: DeliveryKey[] = await store().transfer.dumpDeliveries(after, 2);
      assert.ok(page.length <= 2);
      found.push(...page);
      after = page.at(-1) ?? null;
      if (!after) break;
    }
    const mine = found.filter((key) => key.accountId === account);
    assert.equal(new Set(mine.map((key) => key.queueId)).size, 5);
    assert.equal(mine.length, 5);
    const never = store().transfer.dumpMessages(account, 'never', 0, 10);
    await assert.rejects(never, code('NOT_FOUND'));
  });
}

/** An account with some of everything; resolves to its delivery keys. */
async function fill(store: MailStore, account: string): Promise<DeliveryKey[]> {
  await store.createMailbox(account, 'team/list', '\\Archive');
  await store.deliver([
    item(account, text('a'), { flags: ['\\Seen', '$Word'] }),
    item(account, text('b', 'x'.repeat(300_000)), { flags: ['\\Deleted'] }),
    item(account, text('gone')),
    item(account, text('d'), { mailbox: 'team/list', internalDate: 5 }),
    item(account, text('e'), { mailbox: 'team/list' }),
  ]);
  const { id } = await inbox(store, account);
  await store.copy(account, id, [1], 'team/list');
  await drop(store, account, id, [3]);
  await store.claimRecent(account, id);
  await store.subscribe(account, 'not/there', true);
  await store.subscribe(account, 'Junk', false);
  await store.setAcl(account, id, 'anyone', 'lr');
  await store.annotate(account, id, [{ viewer: '', entry: '/comment', value: Buffer.from('c') }], 5);
  await store.annotate(account, null, [{ viewer: account, entry: '/x', value: Buffer.from('y') }], 5);
  const keys: DeliveryKey[] = [];
  let after: DeliveryKey | null = null;
  for (;;) {
    const page: DeliveryKey[] = await store.transfer.dumpDeliveries(after, 500);
    keys.push(...page.filter((key) => key.accountId === account));
    after = page.at(-1) ?? null;
    if (!after) return keys;
  }
}

/** Copies messages in pages of two, at most `pages` of each mailbox. */
async function load(from: MailStore, to: MailStore, account: string, pages: number): Promise<void> {
  for (const { name } of await from.listMailboxes(account)) {
    let after = 0;
    for (let page = 0; page < pages; page++) {
      const messages: MessageDump[] = await from.transfer.dumpMessages(account, name, after, 2);
      if (messages.length === 0) break;
      await to.transfer.loadMessages(account, name, messages);
      after = messages.at(-1)?.uid ?? 0;
    }
  }
}

async function sameEverywhere(from: MailStore, to: MailStore, account: string): Promise<void> {
  const seen = async (store: MailStore) => {
    const mailboxes = [];
    for (const { id, ...mailbox } of await store.listMailboxes(account)) {
      const messages = await fetchAll(store, account, id, {
        envelope: true,
        bodyStructure: true,
        preview: true,
        content: true,
      });
      const contents = [];
      for (const message of messages) contents.push({ ...message, bytes: (await octets(message)).toString('latin1') });
      const annotations = (await store.annotations(account, id, account)).map(plainValue);
      mailboxes.push({ mailbox, contents: contents.map(plainWire), acl: await store.acl(account, id), annotations });
    }
    const annotations = (await store.annotations(account, null, account)).map(plainValue);
    return {
      mailboxes,
      annotations,
      subscriptions: await store.listSubscriptions(account),
      usage: await store.usage(account),
    };
  };
  assert.deepEqual(await seen(to), await seen(from));
}

const plainValue = <T extends { readonly value: Uint8Array }>(each: T) => ({ ...each, value: [...each.value] });
const plainWire = <T extends { readonly envelope?: Uint8Array; readonly bodyStructure?: Uint8Array }>(each: T) => ({
  ...each,
  flags: undefined,
  envelope: Buffer.from(each.envelope ?? []).toString(),
  bodyStructure: Buffer.from(each.bodyStructure ?? []).toString(),
});

/** The copy is a store like any other: searches, new mail, duplicates, what it does not remember. */
async function goesOn(store: MailStore, account: string): Promise<void> {
  const { id, highestModseq, uidNext } = await inbox(store, account);
  const changes = await store.changesSince(account, id, 1);
  assert.equal(changes.complete, false);
  assert.equal((await store.changesSince(account, id, highestModseq)).complete, true);
  const found = await store.search(account, id, { op: 'text', field: { header: 'subject' }, text: 'a' });
  assert.deepEqual([...found.uids], [1]);
  const [again] = await store.deliver([item(account, text('new'))]);
  assert.ok(again?.status === 'filed');
  assert.deepEqual([again.uid, again.modseq], [uidNext, highestModseq + 1]);
  const [key] = await store.transfer.dumpDeliveries(null, 1);
  const duplicate = item(account, text('a'), {
    queueId: key?.queueId ?? '',
    finalRecipient: key?.finalRecipient ?? '',
  });
  assert.deepEqual(await store.deliver([duplicate]), [{ status: 'duplicate' }]);
  const { id: list } = await named(store, account, 'team/list');
  const [first] = await store.transfer.dumpMessages(account, 'team/list', 0, 1);
  assert.deepEqual(Buffer.from(first?.prefix ?? []), PREFIX);
  assert.deepEqual([...(await drop(store, account, list))].length, 3);
  await store.collectGarbage();
}
