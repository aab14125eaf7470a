import { select, learn, leave } from './select.ts';
import { append, copyOrMove } from './copying.ts';
import type { Client } from './client.ts';
import { expunge, markDeleted, storeKeyword, storeSystem } from './changing.ts';
import { fetchBody, fetchEnvelopes, fetchFlags, searchKeyword, searchWord, sortSubjects } from './looking.ts';

type Action = (client: Client) => Promise<void>;

async function choose(client: Client): Promise<void> {
  const { chance, mailboxes } = client.options;
  await select(client, chance.pick(mailboxes), chance.next() < 0.1 ? 'EXAMINE' : 'SELECT');
}

async function noop(client: Client): Promise<void> {
  await client.run(client.options.chance.next() < 0.5 ? 'NOOP' : 'CHECK');
}

async function idle(client: Client): Promise<void> {
  const result = await client.idle(20 + client.options.chance.below(400));
  if (result.status !== 'OK') client.fail(`IDLE: ${result.text}`);
}

async function status(client: Client): Promise<void> {
  const { chance, mailboxes } = client.options;
  const result = await client.run(`STATUS "${chance.pick(mailboxes)}" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)`);
  if (result.status !== 'OK') client.fail(`STATUS: ${result.text}`);
}

async function away(client: Client): Promise<void> {
  const { view } = client;
  const result = await client.run('UNSELECT');
  if (result.status !== 'OK') client.fail(`UNSELECT: ${result.text}`);
  if (view) leave(client);
}

/** Actions and how often each comes. */
const ACTIONS: readonly (readonly [action: Action, weight: number])[] = [
  [choose, 3],
  [(client) => append(client, 1), 4],
  [(client) => append(client, 2 + client.options.chance.below(4)), 2],
  [storeKeyword, 5],
  [storeSystem, 5],
  [markDeleted, 3],
  [expunge, 3],
  [(client) => copyOrMove(client, 'COPY'), 2],
  [(client) => copyOrMove(client, 'MOVE'), 3],
  [fetchFlags, 2],
  [fetchEnvelopes, 3],
  [fetchBody, 2],
  [searchKeyword, 3],
  [searchWord, 2],
  [sortSubjects, 2],
  [noop, 3],
  [idle, 2],
  [status, 1],
  [away, 1],
];
const TOTAL = ACTIONS.reduce((sum, [, weight]) => sum + weight, 0);

/** Does one thing by chance; afterwards the client knows all messages it was told of. @throws Mismatch, Lost */
export async function act(client: Client): Promise<void> {
  if (!client.view) await choose(client);
  let at = client.options.chance.next() * TOTAL;
  for (const [action, weight] of ACTIONS) {
    at -= weight;
    if (at >= 0) continue;
    await action(client);
    break;
  }
  await learn(client);
}
