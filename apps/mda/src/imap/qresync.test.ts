import { ImapFlow } from 'imapflow';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, PASSWORD, startHarness, USER } from './testing/harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

async function connect(): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: harness.tls,
    secure: true,
    tls: { rejectUnauthorized: false },
    auth: { user: USER, pass: PASSWORD },
    qresync: true,
    disableAutoIdle: true,
    logger: false,
  });
  await client.connect();
  return client;
}

test('imapflow with QRESYNC: what changed and what vanished while it was away, and nothing else', async () => {
  for (let n = 1; n <= 10; n++) await harness.deliver(Buffer.from(`Subject: ${String(n)}\r\n\r\nbody\r\n`));
  const first = await connect();
  assert.ok(first.enabled.has('QRESYNC'));
  const { uidValidity, highestModseq } = await first.mailboxOpen('INBOX');
  assert.ok(highestModseq);
  await first.logout();

  const { store, accountId } = harness;
  const id = (await store.mailbox(accountId, 'INBOX'))?.id ?? 0;
  await store.storeFlags(accountId, id, [3, 4], { mode: 'add', flags: ['\\Flagged'] });
  await store.storeFlags(accountId, id, [5, 6, 9], { mode: 'add', flags: ['\\Deleted'] });
  await store.expunge(accountId, id, [5, 6, 9]);
  await harness.deliver(Buffer.from('Subject: 11\r\n\r\nbody\r\n'));

  const again = await connect();
  const vanished: number[] = [];
  const changed: number[] = [];
  again.on('expunge', (event: { uid?: number; vanished: boolean; earlier?: boolean }) => {
    assert.ok(event.vanished && event.earlier === true);
    vanished.push(event.uid ?? 0);
  });
  again.on('flags', (event: { uid?: number; flags: Set<string> }) => changed.push(event.uid ?? 0));
  const opened = await again.mailboxOpen('INBOX', { uidValidity, changedSince: highestModseq });
  assert.equal(opened.exists, 8);
  assert.equal(opened.uidValidity, uidValidity);
  assert.deepEqual(
    vanished.sort((a, b) => a - b),
    [5, 6, 9],
  );
  assert.deepEqual(
    changed.sort((a, b) => a - b),
    [3, 4, 11],
  );
  // what comes now is told as VANISHED too
  await store.expunge(accountId, id, []);
  await store.storeFlags(accountId, id, [1], { mode: 'add', flags: ['\\Deleted'] });
  again.removeAllListeners('expunge');
  const gone = new Promise((resolve) => again.once('expunge', resolve));
  await store.expunge(accountId, id, [1]);
  harness.hints.publish(accountId);
  await again.noop();
  assert.deepEqual(await gone, { path: 'INBOX', uid: 1, vanished: true, earlier: false });
  await again.logout();
});
