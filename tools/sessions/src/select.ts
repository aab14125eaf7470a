import type { Client } from './client.ts';
import { setOf, View } from './view.ts';

/** Leaves what is selected, so that it can be taken up again (QRESYNC). */
export function leave(client: Client): void {
  if (client.view) client.left.set(client.view.mailbox, client.view);
  client.view = null;
}

/**
 * SELECT or EXAMINE. With QRESYNC a view left before is brought up to date by what the server tells in answer (RFC 7162 §3.2.5);
 * otherwise a new one is made.
 */
export async function select(client: Client, mailbox: string, command: 'SELECT' | 'EXAMINE'): Promise<void> {
  leave(client);
  const old = client.left.get(mailbox);
  const resync = client.qresync && old !== undefined && old.highestModseq > 0 && old.firstUnknown === 0;
  const known = resync && client.options.chance.next() < 0.5 && old.entries.length > 0 ? ` ${setOf(old.uids)}` : '';
  const parameter = resync
    ? ` (QRESYNC (${String(old.uidValidity)} ${String(old.highestModseq)}${known}))`
    : client.options.dialect === 'condstore'
      ? ' (CONDSTORE)'
      : '';
  const result = await client.run(`${command} "${mailbox}"${parameter}`);
  if (result.status !== 'OK') client.fail(`${command}: ${result.text}`);
  const { who, truth } = client.options;
  const view = new View(who, mailbox, truth);
  const text = result.untagged.map(({ octets }) => octets.toString('latin1'));
  view.uidValidity = Number(text.map((line) => /^OK \[UIDVALIDITY (\d+)\]/.exec(line)?.[1]).find(Boolean) ?? 0);
  if (resync && old.uidValidity !== view.uidValidity) client.fail('UIDVALIDITY changed');
  if (resync) resume(view, old, text);
  for (const response of result.untagged)
    if (!/ EXISTS$/.test(response.octets.toString()) || !resync) view.take(response, 'all');
  if (resync) {
    const exists = Number(text.map((line) => /^(\d+) EXISTS$/.exec(line)?.[1]).find((n) => n !== undefined));
    if (view.entries.length !== exists)
      view.fail(`after QRESYNC there are ${String(view.entries.length)} messages, the server says ${String(exists)}`);
  }
  client.view = view;
  await learn(client);
}

/** What the client still had, with the new messages that FETCH will name, so that VANISHED (EARLIER) can take effect. */
function resume(view: View, old: View, text: readonly string[]): void {
  view.highestModseq = old.highestModseq;
  const gone = new Set<number>();
  for (const line of text) {
    const set = /^VANISHED \(EARLIER\) ([\d:,]+)$/.exec(line)?.[1];
    for (const [first, last] of ranges(set ?? ''))
      for (const uid of old.uids) if (uid >= first && uid <= last) gone.add(uid);
  }
  for (const entry of old.entries) if (entry.uid === null || !gone.has(entry.uid)) view.entries.push({ ...entry });
  const exists = Number(text.map((line) => /^(\d+) EXISTS$/.exec(line)?.[1]).find((n) => n !== undefined) ?? 0);
  while (view.entries.length < exists) view.entries.push({ uid: null, flags: null, modseq: 0 });
}

function ranges(set: string): [number, number][] {
  if (set === '') return [];
  return set.split(',').map((range) => {
    const [first = 0, last = first] = range.split(':').map(Number);
    return [first, last];
  });
}

/** Asks for what is not known yet: UIDs, flags and identities of new messages. */
export async function learn(client: Client): Promise<void> {
  const { view } = client;
  const first = view?.firstUnknown ?? 0;
  if (!view || first === 0) return;
  const last = view.entries.length;
  const result = await client.run(
    `FETCH ${String(first)}:${String(last)} (UID FLAGS BODY.PEEK[HEADER.FIELDS (X-Id)])`,
    'no-expunge',
  );
  if (result.status === 'BAD') view.fail(`FETCH of what is new: ${result.text}`);
  noteIds(client, result.untagged);
}

/** Which message a UID is. */
export function noteIds(client: Client, untagged: Awaited<ReturnType<Client['run']>>['untagged']): void {
  const { view } = client;
  if (!view) return;
  for (const response of untagged) {
    const values = / FETCH /.test(response.octets.toString('latin1', 0, 24)) ? response.values() : [];
    const data = values[2];
    if (!Array.isArray(data)) continue;
    const uid = Number(data[data.indexOf('UID') + 1]);
    const header = data.find((value) => Buffer.isBuffer(value));
    const id = Buffer.isBuffer(header) ? /X-Id: (\S+)/i.exec(header.toString('latin1'))?.[1] : undefined;
    if (uid > 0 && id !== undefined)
      client.options.truth.is(client.options.who, view.mailbox, view.uidValidity, uid, id);
  }
}
