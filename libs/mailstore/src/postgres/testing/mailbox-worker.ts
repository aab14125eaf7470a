/**
 * Child of concurrency.test.ts: does random things to the mailboxes that its siblings work on, without end, and prints the queue id of
 * each delivery that was acknowledged. Some queue ids are delivered by several processes.
 */
import { openPostgresStore } from '../store.ts';
import { item, text } from '../../testing/helpers.ts';

const [url = '', name = ''] = process.argv.slice(2);
const store = await openPostgresStore({ url, durability: 'relaxed', connections: 6, inlineLimit: 2_000 });
const ACCOUNTS = ['shared-a', 'shared-b'];
const FLAGS = ['\\Seen', '\\Flagged', '$Word', '\\Deleted'];

function random(n: number): number {
  return Math.floor(Math.random() * n);
}

function pick<T>(list: readonly [T, ...T[]] | readonly T[]): T {
  return list[random(list.length)] as T;
}

async function deliverSome(round: number): Promise<void> {
  const batch = Array.from({ length: 1 + random(5) }, (_, i) => {
    // every process delivers the common ones, in an order of its own
    const queueId =
      random(2) === 0 ? `common-${String(round * 4 + random(4))}` : `${name}-${String(round)}-${String(i)}`;
    const body = queueId.endsWith('3') ? 'large '.repeat(2_000) : 'small';
    const more = { queueId, ...(random(3) === 0 && { mailbox: 'Archive' }), quota: { messages: 1_000_000 } };
    return item('shared-a', text(queueId, body), random(4) === 0 ? { ...more, quota: {} } : more);
  });
  const results = await store.deliver(batch);
  const done = batch.filter((_, i) => results[i]?.status !== 'deferred');
  process.stdout.write(done.map(({ queueId }) => `${queueId}\n`).join(''));
}

async function appendSome(round: number): Promise<void> {
  const content = text(`appended-${name}-${String(round)}`);
  const one = { flags: [pick(FLAGS)], internalDate: Date.now(), size: content.length, content };
  await store.append(pick(ACCOUNTS), pick(['INBOX', 'Archive', 'Sent']), [one, one]);
}

async function changeSome(): Promise<void> {
  const account = pick(ACCOUNTS);
  const [here, there] = random(2) === 0 ? (['INBOX', 'Archive'] as const) : (['Archive', 'INBOX'] as const);
  const mailbox = await store.mailbox(account, here);
  if (!mailbox) return;
  const { uids } = await store.snapshot(account, mailbox.id);
  const some = [...uids].filter(() => random(10) === 0);
  const what = random(6);
  if (what < 3)
    await store.storeFlags(account, mailbox.id, some, { mode: pick(['add', 'remove']), flags: [pick(FLAGS)] });
  else if (what === 3) await store.move(account, mailbox.id, some.slice(0, 5), there);
  else if (what === 4) await store.expunge(account, mailbox.id);
  else await store.copy(account, mailbox.id, some.slice(0, 2), { accountId: 'shared-b', name: there });
}

async function loop(): Promise<void> {
  for (let round = 0; ; round++) {
    const what = random(10);
    if (what < 4) await deliverSome(round);
    else if (what < 5) await appendSome(round);
    else await changeSome();
  }
}

await Promise.all([loop(), loop(), loop()]);
