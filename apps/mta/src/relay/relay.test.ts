import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeRecord, readQueueRecord, type RecordRecipient, subjects } from '@postroad/bus';
import { operate } from '@postroad/spool';
import { eventually } from '@postroad/testkit';
import { Peer, type PeerScript, unstuffed } from './testing/peer.ts';
import { World } from './testing/world.ts';

const recipient = (localPart: string, more: Partial<RecordRecipient> = {}): RecordRecipient => ({
  forwardPath: { localPart, domain: 'far.test' },
  ...more,
});
const EIGHT_BIT = Buffer.from('Subject: x\r\n\r\nGr\u00fc\u00dfe\r\n');

describe('relay', () => {
  let world: World;
  let mx: Peer;
  const peer = async (script: PeerScript = {}) => {
    mx = await Peer.start(script);
    // Connections that rest are kept, so that a stall of the machine makes no more of them.
    await world.relay({ hosts: { 'far.test': mx.hosts }, timeouts: { idle: 60_000 } });
    return mx;
  };
  before(async () => (world = await World.open()));
  afterEach(async () => {
    await world.rest();
    await mx.stop();
  });
  after(() => world.close());

  test('a message arrives octet for octet: prefixes, leading dots, long lines, 8 bits', async () => {
    await peer();
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
    assert.deepEqual(done.covers, ['bob@far.test']);
    assert.equal(
      unstuffed(mx.taken[0]?.raw ?? Buffer.alloc(0)),
      `Delivered-To: a\r\nReceived: b\r\n${content.toString('latin1')}`,
    );
    assert.match(mx.taken[0]?.mail ?? '', /^MAIL FROM:<sender@postroad\.test> SIZE=\d+ BODY=8BITMIME$/);
    assert.deepEqual(mx.taken[0]?.rcpt, ['RCPT TO:<bob@far.test>']);
    const steps = world.events.filter((event) => event.queueId === stored.record.queueId);
    assert.deepEqual(
      steps.map(({ step, host }) => [step, host]),
      [
        ['attempted', '127.0.0.1'],
        ['relayed', '127.0.0.1[127.0.0.1]'],
      ],
    );
  });

  test('a message without a last line end gets one, and nothing else; one of many chunks is streamed', async () => {
    await peer();
    const short = await world.seed({ to: ['a@far.test'], content: Buffer.from('Subject: x\r\n\r\nno end') });
    await world.until(short, 'done');
    assert.equal(unstuffed(mx.taken[0]?.raw ?? Buffer.alloc(0)), 'Subject: x\r\n\r\nno end\r\n');
    const lines = Array.from({ length: 20_000 }, () => `.${randomBytes(20).toString('base64')}\r\n`).join('');
    const big = await world.seed({ to: ['a@far.test'], content: Buffer.from(lines), headPrefix: 'Received: b\r\n' });
    await world.until(big, 'done');
    assert.ok(unstuffed(mx.taken[1]?.raw ?? Buffer.alloc(0)) === `Received: b\r\n${lines}`);
  });

  for (const offers of [['PIPELINING', '8BITMIME'], ['8BITMIME']])
    test(`each recipient has a fate of its own (${offers.join(', ')})`, async () => {
      await peer({
        offers,
        rcpt: (line) =>
          line.includes('gone') ? '550 5.1.1 no such user' : line.includes('busy') ? '450 4.2.1 not now' : '250 ok',
      });
      const stored = await world.seed({ to: ['gone@far.test', 'busy@far.test', 'there@far.test'] });
      const next = await world.until(stored, 'deferred');
      assert.deepEqual(
        next.recipients.map((r) => r.forwardPath.localPart),
        ['busy'],
      );
      assert.equal(next.lastStatus?.status, '4.2.1');
      assert.equal(next.lastStatus?.diagnostic, '450 4.2.1 not now');
      assert.ok(next.dueAt > Date.now() + 120_000 && next.dueAt <= Date.now() + 300_000);
      assert.deepEqual(mx.taken[0]?.rcpt, ['RCPT TO:<there@far.test>']);
      const [dsn, ...more] = await world.notifications(stored.record.queueId);
      assert.equal(more.length, 0);
      assert.match(
        dsn?.text ?? '',
        /Final-Recipient: rfc822; gone@far\.test\r\nAction: failed\r\nStatus: 5\.1\.1\r\nRemote-MTA: dns; 127\.0\.0\.1\r\nDiagnostic-Code: smtp; 550 5\.1\.1 no such user/,
      );
      assert.doesNotMatch(dsn?.text ?? '', /busy@far\.test\r\nAction/);
      const said = world.events
        .filter((e) => e.queueId === stored.record.queueId)
        .map((e) => [e.step, e.status, e.recipients?.join()]);
      assert.deepEqual(said.slice(-3).sort(), [
        ['deferred', '4.2.1', 'busy@far.test'],
        ['failed', '5.1.1', 'gone@far.test'],
        ['relayed', '2.0.0', 'there@far.test'],
      ]);
    });

  test('MAIL refused for now: the 503 that pipelined RCPTs get is nobody’s fate, and the session goes on', async () => {
    let refuse = true;
    await peer({ mail: () => (refuse ? '451 4.7.1 greylisted' : '250 ok') });
    const first = await world.seed({ to: ['a@far.test', 'b@far.test'] });
    const next = await world.until(first, 'deferred');
    assert.equal(next.recipients.length, 2);
    assert.equal(next.lastStatus?.status, '4.7.1');
    refuse = false;
    await world.until(await world.seed({ to: ['a@far.test'] }), 'done');
    assert.equal(mx.connections, 1);
    assert.equal(mx.verbs.filter((verb) => verb === 'RSET').length, 1);
  });

  test('content refused: everybody the envelope had accepted fails with that reply, those refused before keep their own', async () => {
    await peer({
      rcpt: (line) => (line.includes('busy') ? '450 4.2.1 not now' : '250 ok'),
      end: () => '554-5.7.1 spam\r\n554 5.7.1 really',
    });
    const stored = await world.seed({ to: ['a@far.test', 'busy@far.test'] });
    const next = await world.until(stored, 'deferred');
    assert.deepEqual(
      next.recipients.map((r) => r.forwardPath.localPart),
      ['busy'],
    );
    const [dsn] = await world.notifications(stored.record.queueId);
    assert.match(dsn?.text ?? '', /Diagnostic-Code: smtp; 554-5\.7\.1 spam 554 5\.7\.1 really/);
    const silent = await world.seed({ to: ['a@far.test'], from: null });
    await world.until(silent, 'done');
    assert.deepEqual(await world.notifications(silent.record.queueId), []);
  });

  test('what the peer does not offer is refused before it is sent: 8BITMIME, SMTPUTF8, SIZE', async () => {
    await peer({ offers: ['SIZE 300'] });
    const cases = [
      ['5.6.3', { to: ['a@far.test'], content: EIGHT_BIT }],
      ['5.6.7', { to: [recipient('b\u00fcro')] }],
      ['5.6.7', { to: ['a@far.test'], content: EIGHT_BIT, envelope: { smtputf8: true } }],
      ['5.3.4', { to: ['a@far.test'], content: Buffer.alloc(301, 'a\r\n') }],
    ] as const;
    for (const [status, seed] of cases) {
      const stored = await world.seed(seed);
      await world.until(stored, 'done');
      const [dsn] = await world.notifications(stored.record.queueId);
      assert.match(dsn?.text ?? '', new RegExp(`Status: ${status}`));
    }
    assert.equal(mx.verbs.includes('MAIL'), false);
    // ASCII throughout although the client said SMTPUTF8: any host takes that.
    await world.until(await world.seed({ to: ['a@far.test'], envelope: { smtputf8: true } }), 'done');
    assert.equal(mx.taken[0]?.mail, `MAIL FROM:<sender@postroad.test> SIZE=${(mx.taken[0]?.raw.length ?? 0) - 3}`);
  });

  test('SMTPUTF8, quoted local parts and DSN parameters per recipient reach a peer that offers them', async () => {
    await peer({ offers: ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN'] });
    const stored = await world.seed({
      to: [
        recipient('b\u00fcro', {
          notify: ['SUCCESS', 'FAILURE'],
          originalRecipient: { type: 'rfc822', address: 'B+o b@x.test' },
        }),
        recipient('a <b>', { notify: ['NEVER'] }),
        recipient('plain'),
      ],
      envelope: { ret: 'HDRS', envelopeId: 'id+1' },
    });
    await world.until(stored, 'done');
    assert.equal(mx.taken[0]?.mail, 'MAIL FROM:<sender@postroad.test> SMTPUTF8 RET=HDRS ENVID=id+2B1');
    assert.deepEqual(mx.taken[0]?.rcpt, [
      'RCPT TO:<b\u00fcro@far.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;B+2Bo+20b@x.test',
      'RCPT TO:<"a <b>"@far.test> NOTIFY=NEVER',
      'RCPT TO:<plain@far.test>',
    ]);
    assert.deepEqual(await world.notifications(stored.record.queueId), []);
  });

  test('a peer without DSN: who asked for success hears that the message was relayed (RFC 3461 \u00a75.2.2)', async () => {
    await peer();
    const stored = await world.seed({ to: [recipient('a', { notify: ['SUCCESS'] }), recipient('b')] });
    await world.until(stored, 'done');
    const [dsn] = await world.notifications(stored.record.queueId);
    assert.match(dsn?.text ?? '', /Final-Recipient: rfc822; a@far\.test\r\nAction: relayed/);
    assert.doesNotMatch(dsn?.text ?? '', /rfc822; b@far\.test/);
  });

  test('a connection lost in the content, or 421, puts off', async () => {
    await peer({ dropAfter: 10_000 });
    const lost = await world.until(
      await world.seed({ to: ['a@far.test'], content: Buffer.alloc(400_000, 'a line of text\r\n') }),
      'deferred',
    );
    assert.equal(lost.lastStatus?.status, '4.4.2');
    assert.match(lost.lastStatus?.diagnostic ?? '', /lost while sending the message/);
    mx.script = { mail: () => '421 4.3.2 closing' };
    const closed = await world.until(await world.seed({ to: ['a@far.test'] }), 'deferred');
    assert.equal(closed.lastStatus?.status, '4.3.2');
    mx.script = { rcpt: () => null };
    const dropped = await world.until(await world.seed({ to: ['a@far.test'] }), 'deferred');
    assert.equal(dropped.lastStatus?.status, '4.4.2');
  });

  test('STARTTLS is used when offered, whatever the certificate; when it breaks, the mail goes in clear', async () => {
    await peer({ tls: 'good' });
    await world.until(await world.seed({ to: ['a@far.test'] }), 'done');
    assert.equal(mx.taken[0]?.secure, true);
    await world.rest();
    await mx.stop();
    await peer({ tls: 'break' });
    await world.until(await world.seed({ to: ['a@far.test'] }), 'done');
    assert.equal(mx.taken[0]?.secure, false);
    assert.equal(mx.connections, 2);
  });

  test('REQUIRETLS goes only to a verified host that offers it (RFC 8689)', async () => {
    await peer({ tls: 'good', offers: ['REQUIRETLS'] });
    const stored = await world.seed({ to: ['a@far.test'], envelope: { requireTls: true } });
    await world.until(stored, 'done');
    assert.equal(mx.taken.length, 0);
    assert.match((await world.notifications(stored.record.queueId))[0]?.text ?? '', /Status: 5\.7\.30/);
  });

  test('at the end of its life a message fails with 4.4.7 and the last cause', async () => {
    await peer({ rcpt: () => '450 4.2.1 not now' });
    const now = Date.now();
    const stored = await world.seed({ to: ['a@far.test'], record: { createdAt: now - 1_000, expiresAt: now } });
    await world.until(stored, 'done');
    const [dsn] = await world.notifications(stored.record.queueId);
    assert.match(dsn?.text ?? '', /Status: 4\.4\.7/);
    assert.match(dsn?.text ?? '', /Delivery time expired; last: 450 4\.2\.1 not now/);
  });

  test('the sender is told of a delay once', async () => {
    mx = await Peer.start({ rcpt: () => '450 4.2.1 not now' });
    await world.relay({ hosts: { 'far.test': mx.hosts }, retryFirst: 40, retryLongest: 40, delayNotice: 100 });
    const stored = await world.seed({ to: ['a@far.test'] });
    await eventually(async () => ((await world.stateOf(stored)).attempts > 8 ? true : 'fewer than 8 attempts'));
    const told = await world.notifications(stored.record.queueId);
    assert.equal(told.length, 1);
    assert.match(told[0]?.text ?? '', /Action: delayed[^]*Will-Retry-Until/);
    assert.equal((await world.stateOf(stored)).delayNotified, true);
    mx.script = {};
    await world.until(stored, 'done');
  });

  test('the first attempt belongs to the message’s trace, a later one is a new trace (DESIGN §4)', async () => {
    await peer({ rcpt: () => '450 4.2.1 not now' });
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    const stored = await world.seed({ to: ['a@far.test'], record: { traceparent } });
    await world.until(stored, 'deferred');
    await operate({ ...world, hostname: 'h.test', events: () => {} }, 'retry', stored.record.queueId, '');
    await eventually(async () => ((await world.stateOf(stored)).attempts === 2 ? true : 'not tried again'));
    const spans = world.events
      .filter((event) => event.step === 'attempted')
      .map((event) => event.traceparent?.split('-'));
    assert.equal(spans[0]?.[1], 'ab'.repeat(16));
    assert.notEqual(spans[0]?.[2], 'cd'.repeat(8));
    assert.notEqual(spans[1]?.[1], 'ab'.repeat(16));
    await world.until(stored, 'deferred');
  });

  test('a record whose message is gone is held with an alarm', async () => {
    mx = await Peer.start();
    const stored = await world.seed({ to: ['a@far.test'] });
    await world.bus.jsm.streams.purge('SPOOL', { filter: subjects.spooled(stored.record.queueId) });
    await world.relay({ hosts: { 'far.test': mx.hosts } });
    const held = await world.until(stored, 'held');
    assert.match(held.heldBecause ?? '', /not in the spool/);
    assert.equal(held.recipients.length, 1);
    assert.ok(world.events.some((event) => event.step === 'held' && event.queueId === stored.record.queueId));
  });

  test('a record of an unknown version, and the MDA’s, are left alone', async () => {
    await peer();
    const local = await world.seed({ to: ['a@far.test'], record: { transport: 'local' } });
    const other = await world.seed({ to: ['a@far.test'], record: { dueAt: Date.now() + 3_600_000 } });
    const alien = { ...other.record, v: 99 };
    const headers = { 'Pr-State': 'ready', 'Pr-Due': String(Date.now()) };
    const { seq } = await world.bus.publish('QUEUE', other.subject, encodeRecord(alien), { msgId: 'alien', headers });
    await world.until(await world.seed({ to: ['b@far.test'] }), 'done');
    await sleep(200);
    assert.equal(mx.taken.length, 1);
    assert.equal((await world.stateOf(local)).state, 'ready');
    assert.equal((await world.bus.readBack('QUEUE', other.subject))?.seq, seq);
    await assert.rejects(readQueueRecord(world.bus, other.subject));
    await world.bus.jsm.streams.purge('QUEUE', { filter: other.subject });
  });

  test('messages for one destination share connections', async () => {
    await peer();
    const stored = await Promise.all(Array.from({ length: 100 }, (_, i) => world.seed({ to: [`u${i}@far.test`] })));
    await Promise.all(stored.map((each) => world.until(each, 'done')));
    assert.equal(mx.taken.length, 100);
    assert.ok(mx.mostOpen <= 20, `${mx.mostOpen} connections at once`);
    assert.ok(mx.connections <= 25, `${mx.connections} connections`);
  });
});
