import type { Client, Doubt } from './client.ts';
import { makeMessage } from './message.ts';
import { numbersOf, setOf } from './view.ts';

/** APPEND of one message, or several at once (MULTIAPPEND, RFC 3502). */
export async function append(client: Client, count: number): Promise<void> {
  const { chance, mailboxes, who } = client.options;
  const to = chance.pick(mailboxes);
  const keyword = chance.next() < 0.4;
  const ids = Array.from({ length: count }, (_, i) => `${who}-${String(client.commands)}-${String(i)}`);
  const flags = `(\\Flagged${keyword ? ` ${client.keyword}` : ''}) `;
  const parts = ids.flatMap((id) => [` ${flags}`, makeMessage(id, chance)]);
  const doubt: Doubt = { ids, to };
  client.doubts.push(doubt);
  const result = await client.run([`APPEND "${to}"`, ...parts]);
  settle(client, doubt);
  const [, , set = ''] = /^APPENDUID (\d+) ([\d:,]+)$/.exec(result.code ?? '') ?? client.fail(`APPEND: ${result.text}`);
  const uids = numbersOf(set);
  if (uids.length !== ids.length) client.fail(`APPENDUID ${set} for ${String(ids.length)} messages`);
  uids.forEach((uid, i) => client.ownedIn(to).set(uid, { id: ids[i] ?? '', keyword, state: 'there' }));
}

/** COPY or MOVE of own messages, by UID or by number. */
export async function copyOrMove(client: Client, verb: 'COPY' | 'MOVE'): Promise<void> {
  const { view } = client;
  const { chance, mailboxes } = client.options;
  if (!view) return;
  const own = [...client.ownedIn(view.mailbox)].filter(([uid, one]) => one.state === 'there' && view.sequence(uid) > 0);
  if (own.length === 0) return;
  const chosen = chance.some(own);
  const to = chance.pick(mailboxes);
  const uids = chosen.map(([uid]) => uid);
  const ids = chosen.map(([, { id }]) => id);
  const byUid = chance.next() < 0.6;
  const set = setOf(byUid ? uids : uids.map((uid) => view.sequence(uid)));
  const from = { mailbox: view.mailbox, uids };
  const doubt: Doubt = verb === 'MOVE' ? { ids, to, from } : { ids, to };
  client.doubts.push(doubt);
  const result = await client.run(`${byUid ? 'UID ' : ''}${verb} ${set} "${to}"`);
  settle(client, doubt);
  if (result.status !== 'OK') {
    if (result.status === 'NO' && /READ-ONLY/.test(result.code ?? '')) return;
    client.fail(`${verb}: ${result.status} ${result.code ?? ''} ${result.text}`);
  }
  const code = [result.code ?? '', ...result.untagged.map(({ octets }) => octets.toString('latin1'))]
    .map((text) => /COPYUID (\d+) ([\d:,]+) ([\d:,]+)/.exec(text))
    .find((match) => match !== null);
  if (!code) client.fail(`${verb} without COPYUID`);
  const [source, target] = [numbersOf(code[2] ?? ''), numbersOf(code[3] ?? '')];
  if (setOf(source) !== setOf(uids) || target.length !== source.length)
    client.fail(`${verb} of ${setOf(uids)} answered COPYUID ${code[2] ?? ''} ${code[3] ?? ''}`);
  source.forEach((uid, i) => {
    const one = client.ownedIn(view.mailbox).get(uid);
    if (!one) return;
    client.ownedIn(to).set(target[i] ?? 0, { ...one });
    if (verb === 'MOVE') client.ownedIn(view.mailbox).delete(uid);
  });
}

/** It was answered. */
function settle(client: Client, doubt: Doubt): void {
  client.doubts.splice(client.doubts.indexOf(doubt), 1);
}

/** After a loss: what was asked last happened as a whole, or not at all. */
export async function resolveDoubts(client: Client): Promise<void> {
  for (const doubt of [...client.doubts]) {
    const arrived = await countNew(client, doubt);
    if (arrived !== 0 && arrived !== doubt.ids.length)
      client.fail(`of ${String(doubt.ids.length)} messages ${String(arrived)} arrived in ${doubt.to}: half a command`);
    if (doubt.from) await checkSource(client, doubt.from, arrived > 0);
    settle(client, doubt);
  }
}

/** How many of the messages are in the target beyond those that are known to be there; they are ours from now on. */
async function countNew(client: Client, { ids, to }: Doubt): Promise<number> {
  await examine(client, to);
  const owned = client.ownedIn(to);
  let count = 0;
  for (const id of new Set(ids)) {
    const result = await client.run(`UID SEARCH HEADER X-Id "${id}"`, 'all');
    for (const uid of found(result.untagged))
      if (!owned.has(uid)) {
        owned.set(uid, { id, keyword: null, state: 'there' });
        count++;
      }
  }
  return count;
}

async function checkSource(client: Client, from: NonNullable<Doubt['from']>, moved: boolean): Promise<void> {
  await examine(client, from.mailbox);
  const result = await client.run(`UID SEARCH UID ${setOf(from.uids)}`);
  const there = found(result.untagged);
  if (there.length !== (moved ? 0 : from.uids.length))
    client.fail(
      `MOVE ${moved ? 'arrived' : 'did not arrive'}, and ${String(there.length)} of ${String(from.uids.length)} are still at the source`,
    );
  if (moved) for (const uid of from.uids) client.ownedIn(from.mailbox).delete(uid);
}

async function examine(client: Client, mailbox: string): Promise<void> {
  client.view = null;
  const result = await client.run(`EXAMINE "${mailbox}"`);
  if (result.status !== 'OK') client.fail(`EXAMINE: ${result.text}`);
}

/** UIDs of a SEARCH, SORT or ESEARCH response. */
export function found(untagged: Awaited<ReturnType<Client['run']>>['untagged']): number[] {
  for (const { octets } of untagged) {
    const text = octets.toString('latin1');
    const plain = /^(?:SEARCH|SORT)((?: \d+)*)/.exec(text);
    if (plain) return (plain[1] ?? '').split(' ').filter(Boolean).map(Number);
    if (text.startsWith('ESEARCH ')) {
      const all = / ALL ([\d:,]+)/.exec(text)?.[1];
      return all === undefined ? [] : numbersOf(all);
    }
  }
  return [];
}
