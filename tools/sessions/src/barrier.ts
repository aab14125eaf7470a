import type { Client } from './client.ts';
import { found } from './copying.ts';
import { learn, noteIds, select } from './select.ts';
import { canonicalName } from './truth.ts';

/** What a mailbox holds, as one client reads it when nobody changes anything. */
type Contents = ReadonlyMap<number, string>;

/**
 * All have stopped. What each was told since it selected its mailbox must be the whole truth: its view, brought up to date by NOOP, is
 * compared with a full FETCH, then with what the others read, then with its own messages. Resolves to how many messages were compared.
 */
export async function compareViews(clients: readonly Client[]): Promise<number> {
  const read = new Map<string, { who: string; contents: Contents }>();
  let compared = 0;
  for (const client of clients) {
    if (!client.view) continue;
    const contents = await checkView(client);
    compared += contents.size;
    checkOwned(client, contents);
    const key = canonicalName(client.view.mailbox);
    const other = read.get(key);
    if (!other) read.set(key, { who: client.options.who, contents });
    else agree(client, contents, other);
  }
  return compared;
}

/** At the very end: every client looks into every mailbox. */
export async function compareAll(clients: readonly Client[]): Promise<number> {
  let compared = 0;
  for (const mailbox of clients[0]?.options.mailboxes.map(canonicalName) ?? []) {
    for (const client of clients) {
      const name = client.options.mailboxes.find((one) => canonicalName(one) === mailbox) ?? mailbox;
      await select(client, name, 'EXAMINE');
    }
    compared += await compareViews(clients);
  }
  return compared;
}

async function checkView(client: Client): Promise<Contents> {
  const { view } = client;
  if (!view) return new Map();
  await client.run('NOOP');
  await learn(client);
  if (view.firstUnknown > 0) view.fail('a message cannot be read though nobody changes anything');
  const before = new Map(view.entries.map(({ uid, flags }) => [uid ?? 0, flags]));
  const result = await client.run('UID FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (X-Id)])');
  noteIds(client, result.untagged);
  const now = new Map<number, string>();
  for (const { uid, flags } of view.entries) now.set(uid ?? 0, words(flags));
  if (now.size !== before.size) view.fail(`${String(before.size)} messages were told, ${String(now.size)} are there`);
  for (const [uid, flags] of now) {
    const known = before.get(uid);
    if (known === undefined) view.fail(`UID ${String(uid)} was not told`);
    if (words(known) !== flags) view.fail(`UID ${String(uid)} has [${flags}], told was [${words(known)}]`);
  }
  client.options.truth.settled(client.options.who, view.mailbox, view.uidValidity, [...now.keys()]);
  await checkSearch(client, now);
  return now;
}

/** SEARCH finds by flag what FETCH shows. */
async function checkSearch(client: Client, contents: Contents): Promise<void> {
  for (const [key, flag] of [
    ['SEEN', '\\seen'],
    ['KEYWORD shared-word', 'shared-word'],
  ] as const) {
    const uids = found((await client.run(`UID SEARCH ${key}`)).untagged).join();
    const wanted = [...contents].filter(([, flags]) => flags.split(' ').includes(flag)).map(([uid]) => uid);
    if (uids !== wanted.sort((a, b) => a - b).join()) client.fail(`SEARCH ${key} found ${uids}`);
  }
}

function words(flags: ReadonlySet<string> | null | undefined): string {
  return [...(flags ?? [])].sort().join(' ');
}

function checkOwned(client: Client, contents: Contents): void {
  const { view } = client;
  if (!view) return;
  for (const [uid, one] of client.ownedIn(view.mailbox)) {
    const flags = contents.get(uid);
    if (flags === undefined) {
      if (one.state === 'there') view.fail(`UID ${String(uid)} (${one.id}) is lost`);
      client.ownedIn(view.mailbox).delete(uid);
      continue;
    }
    const has = flags.split(' ').includes(client.keyword.toLowerCase());
    if (one.keyword !== null && one.keyword !== has)
      view.fail(`UID ${String(uid)} ${has ? 'has' : 'has not'} ${client.keyword}: a change is lost`);
    one.keyword = has;
  }
}

function agree(client: Client, contents: Contents, other: { who: string; contents: Contents }): void {
  if (contents.size !== other.contents.size)
    client.fail(`${String(contents.size)} messages, ${other.who} sees ${String(other.contents.size)}`);
  for (const [uid, flags] of contents)
    if (other.contents.get(uid) !== flags)
      client.fail(`UID ${String(uid)} has [${flags}], for ${other.who} [${other.contents.get(uid) ?? 'nothing'}]`);
}
