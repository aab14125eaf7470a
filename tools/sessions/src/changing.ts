import type { Client } from './client.ts';
import type { Owned } from './truth.ts';
import { setOf } from './view.ts';

/** Own messages of the view, with their UIDs. */
export function ownInView(client: Client): [number, Owned][] {
  const { view } = client;
  if (!view) return [];
  return [...client.ownedIn(view.mailbox)].filter(([uid]) => view.sequence(uid) > 0);
}

interface Stored {
  readonly uids: readonly number[];
  readonly flags: string;
  readonly mode: '+' | '-';
}

/** STORE by UID or number, silent or not. Resolves to whether it was done. */
async function store(client: Client, { uids, flags, mode }: Stored): Promise<boolean> {
  const { view } = client;
  const { chance } = client.options;
  if (!view) return false;
  const byUid = chance.next() < 0.6;
  const set = setOf(byUid ? uids : uids.map((uid) => view.sequence(uid)));
  const silent = chance.next() < 0.3 ? '.SILENT' : '';
  const command = `${byUid ? 'UID ' : ''}STORE ${set} ${mode}FLAGS${silent} (${flags})`;
  // before the answer is read: what others changed afterwards is told in it, and counts more
  if (silent !== '') assume(client, uids, { flags, mode });
  try {
    const result = await client.run(command, byUid ? 'all' : 'no-expunge');
    if (result.status === 'BAD') client.fail(`${command}: ${result.text}`);
    if (result.status !== 'OK' && silent !== '') await client.run(`UID FETCH ${setOf(uids)} (FLAGS)`);
    return result.status === 'OK';
  } catch (error) {
    // nobody knows whether it was done, or how much of it: what was assumed must not be taken up again by QRESYNC
    if (silent !== '') client.left.delete(view.mailbox);
    throw error;
  }
}

/** RFC 9051 §6.4.6: after .SILENT the client itself knows what it changed. */
function assume(client: Client, uids: readonly number[], { flags, mode }: Pick<Stored, 'flags' | 'mode'>): void {
  for (const entry of client.view?.entries ?? []) {
    if (entry.uid === null || !uids.includes(entry.uid) || entry.flags === null) continue;
    const next = new Set(entry.flags);
    for (const flag of flags.toLowerCase().split(' '))
      if (mode === '+') next.add(flag);
      else next.delete(flag);
    entry.flags = next;
  }
}

/** The keyword that only this client sets: what it was set to last is what everybody must see. */
export async function storeKeyword(client: Client): Promise<void> {
  const own = ownInView(client);
  if (own.length === 0) return;
  const chosen = client.options.chance.some(own);
  const on = client.options.chance.next() < 0.5;
  for (const [, one] of chosen) one.keyword = null;
  const done = await store(client, { uids: chosen.map(([uid]) => uid), flags: client.keyword, mode: on ? '+' : '-' });
  // refused (read-only, or some were gone): the next look tells
  if (done) for (const [, one] of chosen) one.keyword = on;
}

/** System flags of anybody's messages: everybody must come to see the same. */
export async function storeSystem(client: Client): Promise<void> {
  const { chance } = client.options;
  const uids = client.view?.uids ?? [];
  if (uids.length === 0) return;
  const flags = chance.some(['\\Seen', '\\Answered', '\\Flagged', '\\Draft', 'shared-word']).join(' ');
  await store(client, { uids: chance.some(uids), flags, mode: chance.next() < 0.5 ? '+' : '-' });
}

export async function markDeleted(client: Client): Promise<void> {
  const own = ownInView(client).filter(([, one]) => one.state === 'there');
  if (own.length === 0) return;
  const chosen = client.options.chance.some(own);
  // from the moment it is asked anybody's EXPUNGE may take them
  for (const [, one] of chosen) one.state = 'deleted';
  await store(client, { uids: chosen.map(([uid]) => uid), flags: '\\Deleted', mode: '+' });
}

/** EXPUNGE, CLOSE or UID EXPUNGE of own messages: afterwards they are gone. */
export async function expunge(client: Client): Promise<void> {
  const { view } = client;
  if (!view) return;
  const deleted = ownInView(client).filter(([uid]) => view.flags(uid)?.has('\\deleted') === true);
  const byUid = client.options.chance.next() < 0.5 && deleted.length > 0;
  const result = await client.run(byUid ? `UID EXPUNGE ${setOf(deleted.map(([uid]) => uid))}` : 'EXPUNGE');
  if (result.status === 'NO' && /READ-ONLY/.test(`${result.code ?? ''}`)) return;
  if (result.status !== 'OK') client.fail(`EXPUNGE: ${result.text}`);
  for (const [uid] of deleted) {
    if (view.sequence(uid) > 0) client.fail(`UID ${String(uid)} is there after EXPUNGE`);
    client.ownedIn(view.mailbox).delete(uid);
  }
}
