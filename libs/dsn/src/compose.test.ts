import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { makeQueueId, type RecipientStatus } from '@postroad/mail';
import { paramValue, parseStructure, readHeaderSection, searchText, sectionRange } from '@postroad/message';
import fc from 'fast-check';
import { composeDsn, type DsnInput, dsnQueueId, parseDsn } from './index.ts';

const ORIGINAL = Buffer.from('From: a@x.example\r\nSubject: hello\r\nMessage-ID: <orig@x.example>\r\n\r\nthe text\r\n');
const HEADER = readHeaderSection(ORIGINAL).bytes;
const queueId = makeQueueId(1_700_000_000_000, new Uint8Array(10).fill(7));
const failed: RecipientStatus = {
  outcome: 'failed',
  status: '5.1.1',
  diagnostic: '550 5.1.1 no such user',
  remoteMta: 'dns; mx.y.example',
};

const input: DsnInput = {
  queueId,
  reportingMta: 'mail.postroad.test',
  recipient: { localPart: 'a', domain: 'x.example' },
  date: Date.UTC(2026, 0, 2, 3, 4, 5),
  arrival: Date.UTC(2026, 0, 1),
  envelopeId: 'QQ314159',
  originalMessageId: 'orig@x.example',
  recipients: [
    {
      finalRecipient: { localPart: 'b', domain: 'y.example' },
      originalRecipient: { type: 'rfc822', address: 'Bob+list@y.example' },
      status: failed,
      lastAttempt: Date.UTC(2026, 0, 2),
    },
  ],
  returned: { form: 'FULL', eightBit: false },
};

const whole = (of: DsnInput, content = of.returned.form === 'FULL' ? ORIGINAL : HEADER) => {
  const { head, tail } = composeDsn(of);
  return Buffer.concat([head, content, tail]);
};
const withStatus = (status: RecipientStatus, more: Partial<DsnInput['recipients'][0]> = {}): DsnInput => ({
  ...input,
  recipients: [{ finalRecipient: { localPart: 'b', domain: 'y.example' }, status, ...more }],
});

test('DSN-01 DSN-02 DSN-03 a failure: multipart/report of three parts, fields as given, content byte for byte', () => {
  const bytes = whole(input);
  const structure = parseStructure(bytes);
  assert.equal(structure.part.subtype, 'report');
  assert.equal(paramValue(structure.part.params, 'report-type'), 'delivery-status');
  assert.deepEqual(
    structure.part.parts?.map((part) => `${part.type}/${part.subtype}`),
    ['text/plain', 'message/delivery-status', 'message/rfc822'],
  );
  const range = sectionRange(structure, '3')!;
  assert.deepEqual(bytes.subarray(range.start, range.end), ORIGINAL);
  const header = readHeaderSection(bytes);
  assert.equal(header.text('Auto-Submitted'), 'auto-replied');
  assert.equal(header.text('To'), 'a@x.example');
  assert.equal(header.text('In-Reply-To'), '<orig@x.example>');
  assert.equal(header.text('Message-ID'), `<${queueId}@mail.postroad.test>`);
  const status = sectionRange(structure, '2')!;
  assert.equal(
    bytes.toString('latin1', status.start, status.end),
    'Original-Envelope-Id: QQ314159\r\nReporting-MTA: dns; mail.postroad.test\r\nArrival-Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n' +
      'Original-Recipient: rfc822; Bob+list@y.example\r\nFinal-Recipient: rfc822; b@y.example\r\nAction: failed\r\nStatus: 5.1.1\r\n' +
      'Remote-MTA: dns; mx.y.example\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\nLast-Attempt-Date: Fri, 2 Jan 2026 00:00:00 +0000\r\n',
  );
});

test('DSN-04 the human part tells what happened, to whom, and what to do', () => {
  const bytes = whole(input);
  const text = searchText(bytes, parseStructure(bytes));
  assert.match(text, /could NOT be delivered to:/);
  assert.match(text, /b@y\.example \(you wrote to Bob\+list@y\.example\)/);
  assert.match(text, /There is no such mailbox/);
  assert.match(text, /mx\.y\.example said:\s+550 5\.1\.1 no such user/);
  assert.match(text, /What to do: Check the address/);
});

test('DSN-05 delayed, delivered, relayed, expanded', () => {
  const until = Date.UTC(2026, 0, 6);
  const delayed = whole(
    withStatus({ outcome: 'delayed', status: '4.4.1', diagnostic: 'no answer' }, { willRetryUntil: until }),
  );
  assert.match(delayed.toString(), /do not send it again[^]*Will-Retry-Until: Tue, 6 Jan 2026/);
  assert.match(delayed.toString(), /Diagnostic-Code: x-postroad; no answer/);
  assert.equal(parseDsn(delayed)?.recipients[0]?.willRetryUntil, until);
  for (const outcome of ['delivered', 'relayed', 'expanded'] as const) {
    const bytes = whole(withStatus({ outcome, status: '2.0.0', diagnostic: '' }, { willRetryUntil: until }));
    assert.equal(parseDsn(bytes)?.recipients[0]?.action, outcome);
    assert.equal(parseDsn(bytes)?.recipients[0]?.willRetryUntil, null);
    assert.doesNotMatch(bytes.toString(), /Diagnostic-Code/);
  }
});

test('DSN-06 RET=HDRS returns the header section as text/rfc822-headers', () => {
  const bytes = whole({ ...input, returned: { form: 'HDRS', eightBit: false } });
  const parsed = parseDsn(bytes);
  assert.equal(parsed?.returned?.form, 'HDRS');
  assert.equal(parsed.returned.messageId, 'orig@x.example');
  assert.deepEqual(bytes.subarray(parsed.returned.start, parsed.returned.end), HEADER);
});

const jürgen = { localPart: 'jürgen', domain: 'xn--mnchen-3ya.example' };
const international = {
  finalRecipient: jürgen,
  originalRecipient: { type: 'utf-8', address: 'jürgen@münchen.example' },
  status: failed,
};

test('DSN-07 UTF-8 addresses: global types for a sender with SMTPUTF8, escaped ASCII for others', () => {
  const utf8 = composeDsn({
    ...input,
    smtputf8: true,
    recipients: [international],
    returned: { form: 'FULL', eightBit: true },
  });
  assert.ok(utf8.smtputf8 && utf8.eightBit);
  const bytes = Buffer.concat([utf8.head, ORIGINAL, utf8.tail]);
  assert.deepEqual(
    parseStructure(bytes).part.parts?.map((part) => part.subtype),
    ['plain', 'global-delivery-status', 'global'],
  );
  assert.match(utf8.head.toString(), /Original-Recipient: utf-8; jürgen@münchen\.example/);
  const ascii = composeDsn({ ...input, recipients: [international] });
  assert.ok(!ascii.smtputf8 && !ascii.eightBit && ascii.head.every((octet) => octet < 128));
  assert.match(ascii.head.toString(), /Original-Recipient: utf-8; j\\x\{FC\}rgen@m\\x\{FC\}nchen\.example/);
  const back = parseDsn(Buffer.concat([ascii.head, ORIGINAL, ascii.tail]));
  assert.deepEqual(back?.recipients[0]?.originalRecipient, { type: 'utf-8', value: 'jürgen@münchen.example' });
});

test('DSN-08 the same input gives the same octets, another queue id another boundary', () => {
  assert.deepEqual(whole(input), whole(structuredClone(input)));
  const other = composeDsn({ ...input, queueId: makeQueueId(1, randomBytes(10)) });
  assert.notDeepEqual(other.tail, composeDsn(input).tail);
  const to = [
    { localPart: 'b', domain: 'y' },
    { localPart: 'c', domain: 'y' },
  ];
  assert.equal(dsnQueueId(queueId, to, 'failed'), dsnQueueId(queueId, [...to].reverse(), 'failed'));
  assert.notEqual(dsnQueueId(queueId, to, 'failed'), dsnQueueId(queueId, to, 'delayed'));
});

test('DSN-09 whatever servers and senders say: one field per line, ASCII, parsed back', () => {
  const text = fc.string({ unit: 'binary', maxLength: 700 });
  fc.assert(
    fc.property(text, text, fc.string({ maxLength: 60 }), fc.boolean(), (diagnostic, remote, localPart, smtputf8) => {
      const status: RecipientStatus = { outcome: 'failed', status: '5.0.0', diagnostic, remoteMta: `dns; ${remote}` };
      const finalRecipient = { localPart, domain: 'y.example' };
      const envelopeId = remote.slice(0, 100);
      const of = {
        ...input,
        smtputf8,
        envelopeId,
        recipients: [
          { finalRecipient, status },
          { finalRecipient: jürgen, status },
        ],
      };
      const { head, tail } = composeDsn(of);
      if (!smtputf8) assert.ok(head.every((octet) => octet < 128 && octet !== 0));
      assert.doesNotMatch(head.toString('latin1'), /[^\r]\n|\r(?!\n)/);
      for (const line of head.toString('latin1').split('\r\n')) assert.ok(line.length <= 998);
      const parsed = parseDsn(Buffer.concat([head, ORIGINAL, tail]));
      assert.equal(parsed?.recipients.length, 2);
      assert.ok(parsed.recipients.every((each) => each.action === 'failed' && each.status === '5.0.0'));
      assert.equal(parsed.returned?.messageId, 'orig@x.example');
    }),
    { numRuns: 300 },
  );
  assert.throws(() => composeDsn({ ...input, recipients: [] }), RangeError);
});

const python = spawnSync('python3', ['-c', 'import email.policy']).status === 0;

test('DSN-10 python3 email reads the same', { skip: python ? false : 'python3 is not installed' }, () => {
  const script = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
p = list(m.iter_parts())
s = p[1].get_payload()
print(json.dumps({'defects': len(m.defects), 'types': [x.get_content_type() for x in p], 'groups': [dict(g.items()) for g in s],
  'subject': p[2].get_payload()[0]['subject'], 'from': m['from'], 'text': 'no such user' in p[0].get_content()}))`;
  const run = spawnSync('python3', ['-c', script], { input: whole(input), encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const seen = JSON.parse(run.stdout) as Record<string, unknown> & { groups: Record<string, string>[] };
  assert.equal(seen['defects'], 0);
  assert.deepEqual(seen['types'], ['text/plain', 'message/delivery-status', 'message/rfc822']);
  assert.equal(seen.groups[1]?.['Final-Recipient'], 'rfc822; b@y.example');
  assert.equal(seen['subject'], 'hello');
  assert.equal(seen['from'], 'Mail Delivery System <MAILER-DAEMON@mail.postroad.test>');
  assert.equal(seen['text'], true);
});
