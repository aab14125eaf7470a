import { ownInView } from './changing.ts';
import type { Client } from './client.ts';
import { found } from './copying.ts';
import { faultOf, wordOf } from './message.ts';
import { setOf } from './view.ts';

/** FETCH of flags, by number: what comes is taken into the view. */
export async function fetchFlags(client: Client): Promise<void> {
  const { view } = client;
  if (!view || view.entries.length === 0) return;
  const first = 1 + client.options.chance.below(view.entries.length);
  const result = await client.run(`FETCH ${String(first)}:* (UID FLAGS)`, 'no-expunge');
  if (result.status === 'BAD') client.fail(`FETCH: ${result.text}`);
}

/** A whole message: it must be what was put in. */
export async function fetchBody(client: Client): Promise<void> {
  const { view } = client;
  const uids = view?.uids ?? [];
  if (!view || uids.length === 0) return;
  const uid = client.options.chance.pick(uids);
  const result = await client.run(`UID FETCH ${String(uid)} (BODY.PEEK[])`);
  for (const response of result.untagged) {
    if (!/ FETCH /.test(response.octets.toString('latin1', 0, 24))) continue;
    const data = response.values()[2];
    const octets = Array.isArray(data) ? data.find((value) => Buffer.isBuffer(value)) : undefined;
    if (!Buffer.isBuffer(octets)) continue;
    const fault = faultOf(octets);
    if (fault !== null) client.fail(`UID ${String(uid)}: ${fault}`);
    const id = /X-Id: (\S+)/.exec(octets.toString('latin1', 0, 1000))?.[1] ?? '';
    client.options.truth.is(client.options.who, view.mailbox, view.uidValidity, uid, id);
  }
}

/** SEARCH for the own keyword finds exactly the own messages that have it. */
export async function searchKeyword(client: Client): Promise<void> {
  const own = ownInView(client).filter(([, one]) => one.state === 'there' && one.keyword !== null);
  const result = await client.run(`UID SEARCH KEYWORD ${client.keyword}`);
  if (result.status !== 'OK') client.fail(`SEARCH: ${result.text}`);
  const uids = new Set(found(result.untagged));
  for (const [uid, one] of own)
    if (uids.has(uid) !== one.keyword)
      client.fail(`SEARCH KEYWORD ${uids.has(uid) ? 'finds' : 'does not find'} UID ${String(uid)} (${one.id})`);
}

/** The text of a message finds it, however short ago it came. */
export async function searchWord(client: Client): Promise<void> {
  const own = ownInView(client).filter(([, one]) => one.state === 'there');
  if (own.length === 0) return;
  const [, { id }] = client.options.chance.pick(own);
  const wanted = own.filter(([, one]) => one.id === id).map(([uid]) => uid);
  const key = client.options.chance.pick(['TEXT', 'BODY']);
  const result = await client.run(`UID SEARCH ${key} "${wordOf(id)}"`);
  const uids = found(result.untagged);
  const missing = wanted.filter((uid) => !uids.includes(uid) && (client.view?.sequence(uid) ?? 0) > 0);
  if (missing.length > 0) client.fail(`SEARCH ${key} does not find ${setOf(missing)} (${id})`);
}
