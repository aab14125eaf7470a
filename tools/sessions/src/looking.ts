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

/** FETCH of envelopes, by number, with or without structures: each must be that of its message. */
export async function fetchEnvelopes(client: Client): Promise<void> {
  const { view } = client;
  if (!view || view.entries.length === 0) return;
  const { chance, truth, who } = client.options;
  const first = 1 + chance.below(view.entries.length);
  const items = chance.next() < 0.5 ? 'UID FLAGS ENVELOPE' : 'UID ENVELOPE BODYSTRUCTURE';
  const result = await client.run(`FETCH ${String(first)}:* (${items})`, 'no-expunge');
  if (result.status === 'BAD') client.fail(`FETCH: ${result.text}`);
  for (const response of result.untagged) {
    if (!/ FETCH /.test(response.octets.toString('latin1', 0, 24))) continue;
    const data = response.values()[2];
    if (!Array.isArray(data) || !data.includes('ENVELOPE')) continue;
    const after = (name: string): unknown => data[data.indexOf(name) + 1];
    const envelope = after('ENVELOPE');
    const id = Array.isArray(envelope) ? /^<(\S+)@sessions\.test>$/.exec(String(envelope[9]))?.[1] : undefined;
    if (id === undefined) client.fail(`FETCH ${items}: ${response.octets.toString('latin1').slice(0, 300)}`);
    truth.is(who, view.mailbox, view.uidValidity, Number(after('UID')), id);
    if (items.includes('STRUCTURE') && !Array.isArray(after('BODYSTRUCTURE')))
      client.fail('FETCH without BODYSTRUCTURE');
  }
}

/** SORT names each own message once, in the order of the subjects. */
export async function sortSubjects(client: Client): Promise<void> {
  const own = new Map(ownInView(client).filter(([, one]) => one.state === 'there'));
  const reverse = client.options.chance.next() < 0.5;
  const result = await client.run(`UID SORT (${reverse ? 'REVERSE ' : ''}SUBJECT) UTF-8 ALL`);
  if (result.status !== 'OK') client.fail(`SORT: ${result.text}`);
  const uids = found(result.untagged);
  if (new Set(uids).size !== uids.length) client.fail('SORT names a message twice');
  const missing = [...own.keys()].filter((uid) => !uids.includes(uid) && (client.view?.sequence(uid) ?? 0) > 0);
  if (missing.length > 0) client.fail(`SORT does not name ${setOf(missing)}`);
  const sorted = uids.flatMap((uid) => {
    const one = own.get(uid);
    return one ? [{ uid, subject: one.id.toUpperCase() }] : [];
  });
  for (const [i, { uid, subject }] of sorted.entries()) {
    const next = sorted[i + 1];
    if (!next) break;
    const isRight = subject === next.subject ? uid < next.uid : subject < next.subject !== reverse;
    if (!isRight) client.fail(`SORT has ${String(uid)} (${subject}) before ${String(next.uid)} (${next.subject})`);
  }
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
