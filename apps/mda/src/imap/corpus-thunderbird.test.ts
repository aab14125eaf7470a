import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, eventuallyHolds } from '@postroad/testkit';
import { goldenMessages } from './goldens/messages.ts';
import { needs, needsCorpusAnd } from './testing/clients.ts';
import { contentsOf } from './testing/contents.ts';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';
import { Thunderbird } from './testing/thunderbird.ts';
import { addAccount, changeFour, copyAll, downloaded, shown, shownAfterIdle } from './testing/thunderbird-mail.ts';

const BOB = 'bob@postroad.test';

let harness: Harness;
let thunderbird: Thunderbird | undefined;
before(async () => {
  harness = await startHarness();
});
after(async () => {
  await thunderbird?.stop();
  await harness.close();
});

const account = (user: string): Parameters<typeof addAccount>[1] => ({
  port: harness.tls,
  user,
  password: PASSWORD,
  certificate: harness.certificate,
});

/** What Thunderbird makes of a message in the mbox where it keeps it: an end of the header section and of the last line, `>From `. */
function asKept(octets: Buffer): string {
  const lines = octets.toString('latin1').replace(/\r?\n?$/, '\r\n');
  return (/(?:^|\n)\r\n/.test(lines) ? lines : `${lines}\r\n`).replace(/^From /, '>From ');
}

/** Lines that look like its own fields stay behind when it copies, wherever in the message they are. */
const withoutOwnFields = (text: string): string => text.replace(/^X-Mozilla-(?:Status2?|Keys): .*\r\n/gm, '');

test(
  'Thunderbird: the whole corpus downloaded and copied into another account, byte for byte',
  needsCorpusAnd('thunderbird'),
  async () => {
    const { messages } = goldenMessages();
    for (const { octets } of messages) await harness.deliver(octets);
    thunderbird ??= await Thunderbird.start(harness.directory);
    const [alice, bob] = [await addAccount(thunderbird, account(USER)), await addAccount(thunderbird, account(BOB))];
    const kept = await downloaded(thunderbird, alice, messages.length);
    for (const [i, { name, octets }] of messages.entries())
      assert.equal(kept.get(i + 1)?.toString('latin1'), asKept(octets), `${name} as Thunderbird keeps it`);
    const unchanged = messages.filter(({ octets }, i) => kept.get(i + 1)?.equals(octets));
    assert.deepEqual([messages.length, unchanged.length], [309, 213]);

    await copyAll(thunderbird, alice, bob);
    const copies = await contentsOf(harness, BOB);
    assert.equal(copies.size, messages.length);
    for (const [i, { name, octets }] of messages.entries())
      assert.equal(copies.get(i + 1)?.toString('latin1'), withoutOwnFields(asKept(octets)), `${name} at bob’s`);
  },
);

/** Sessions in IDLE now. */
async function idling({ metrics }: Harness): Promise<number> {
  return Number(/^postroad_imap_idle_sessions (\d+)$/m.exec(await metrics.render())?.[1]);
}

test('Thunderbird: what is done on either side is seen on the other', needs('thunderbird'), async () => {
  const other = await startHarness();
  const second = await Thunderbird.start(other.directory);
  try {
    const { store, accountId } = other;
    for (const subject of ['first', 'second', 'third', 'fourth'])
      await other.deliver(
        Buffer.from(`From: a@example.org\r\nSubject: =?utf-8?q?${subject}_=C3=9F?=\r\n\r\n${subject}\r\n`),
      );
    const server = await addAccount(second, { ...account(USER), port: other.tls, certificate: other.certificate });
    assert.deepEqual(await shown(second, server, 4), [
      [1, 'first ß', false, false],
      [2, 'second ß', false, false],
      [3, 'third ß', false, false],
      [4, 'fourth ß', false, false],
    ]);

    await changeFour(second, server, [1, 2, 3, 4]);
    const id = (await store.mailbox(accountId, 'INBOX'))?.id ?? 0;
    const flagsOf = async (): Promise<Record<number, readonly string[]>> => {
      const flags: Record<number, readonly string[]> = {};
      for await (const message of store.fetch(accountId, id, [1, 2, 3, 4], {})) flags[message.uid] = message.flags;
      return flags;
    };
    const wanted = { 1: ['\\Flagged'], 2: ['\\Seen'], 3: ['$label1'] };
    await eventuallyHolds(async () => assert.deepEqual(await flagsOf(), wanted));
    assert.equal((await store.mailbox(accountId, 'Trash'))?.messages, 1);
    // Not before it has done all it wanted, and waits: in INBOX, and in Trash, where it looked what had come.
    await eventually(async () => (await idling(other)) >= 2 || 'it does not wait in IDLE', 60_000);

    await store.storeFlags(accountId, id, [3], { mode: 'add', flags: ['\\Seen', '\\Flagged'] });
    await store.storeFlags(accountId, id, [2], { mode: 'add', flags: ['\\Deleted'] });
    await store.expunge(accountId, id, [2]);
    await other.deliver(Buffer.from('From: a@example.org\r\nSubject: fifth\r\n\r\nfifth\r\n'));
    // three again, as four were: nothing is asked of the server for it, it tells it in IDLE
    assert.deepEqual(await shownAfterIdle(second, server, [1, 3, 5]), [
      [1, 'first ß', false, true],
      [3, 'third ß', true, true],
      [5, 'fifth', false, false],
    ]);
  } finally {
    await second.stop();
    await other.close();
  }
});
