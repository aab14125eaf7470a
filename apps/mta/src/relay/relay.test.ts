import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Peer, unstuffed } from './testing/peer.ts';
import { World } from './testing/world.ts';

describe('relay', () => {
  let world: World;
  const peers: Peer[] = [];
  const peer = async (...args: Parameters<typeof Peer.start>) => {
    const made = await Peer.start(...args);
    peers.push(made);
    return made;
  };
  before(async () => (world = await World.open()));
  afterEach(async () => {
    await world.rest();
    await Promise.all(peers.splice(0).map((each) => each.stop()));
  });
  after(() => world.close());

  test('a message arrives octet for octet: prefixes, leading dots, long lines, 8 bits', async () => {
    const mx = await peer();
    await world.relay({ hosts: { 'far.test': mx.hosts } });
    const content = Buffer.concat([
      Buffer.from('Subject: x\r\n\r\n.\r\n..two\r\n.leading\r\n'),
      Buffer.from(`${'long '.repeat(4_000)}\r\n`),
      Buffer.from(Array.from({ length: 128 }, (_, i) => i + 128)),
      Buffer.from('\r\n.\r\nend\r\n'),
    ]);
    const stored = await world.seed({
      to: ['bob@far.test'],
      content,
      prefix: 'Delivered-To: a\r\n',
      headPrefix: 'Received: b\r\n',
    });
    const done = await world.until(stored, 'done');
    assert.equal(done.attempts, 1);
    assert.deepEqual(done.recipients, []);
    assert.equal(
      unstuffed(mx.taken[0]?.raw ?? Buffer.alloc(0)),
      `Delivered-To: a\r\nReceived: b\r\n${content.toString('latin1')}`,
    );
    assert.match(mx.taken[0]?.mail ?? '', /^MAIL FROM:<sender@postroad\.test> SIZE=\d+ BODY=8BITMIME$/);
    assert.deepEqual(mx.taken[0]?.rcpt, ['RCPT TO:<bob@far.test>']);
    const steps = world.events.filter((event) => event.queueId === stored.record.queueId).map((event) => event.step);
    assert.deepEqual(steps, ['attempted', 'relayed']);
  });
});
