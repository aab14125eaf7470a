import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counts, reconcile, type Sent } from './ledger.ts';

const sent = (id: string, outcome: Sent['outcome'], more: Partial<Sent> = {}): Sent => ({
  id,
  door: 'mx',
  sender: 's',
  mailboxes: ['a', 'b'],
  remote: [],
  refused: [],
  outcome,
  ...more,
});

test('a missing copy of an accepted message is lost; of an unanswered one it is not', () => {
  const found = { mailboxes: new Counts(), notifications: new Counts(), relayed: new Counts() };
  found.mailboxes.add('a', '1');
  const result = reconcile([sent('1', 'accepted'), sent('2', 'unknown'), sent('3', 'refused')], found);
  assert.equal(result.lost, 1);
  assert.equal(result.duplicates, 0);
  assert.match(result.details[0] ?? '', /1 .* missing at b/);
});

test('a second copy is a duplicate whatever was answered; notifications and relayed copies are counted too', () => {
  const found = { mailboxes: new Counts(), notifications: new Counts(), relayed: new Counts() };
  for (const place of ['a', 'b', 'b']) found.mailboxes.add(place, '1');
  for (let i = 0; i < 2; i++) found.relayed.add('r', '1');
  const result = reconcile(
    [sent('1', 'unknown', { remote: ['r'] }), sent('2', 'accepted', { mailboxes: [], refused: ['x'], remote: ['r'] })],
    found,
  );
  assert.deepEqual([result.duplicates, result.relayDuplicates, result.lost, result.relayLost], [1, 1, 1, 1]);
});
