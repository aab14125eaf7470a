import assert from 'node:assert/strict';
import { test } from 'node:test';
import goldens from '../goldens/postfix.json' with { type: 'json' };
import { RFC5321_LIMITS } from './limits.ts';
import { parseCommand } from './command/registry.ts';
import { formatReply } from './reply.ts';
import { ReplyParser } from './reply-parser.ts';

/** Lines on which we and Postfix differ, and why; anything else that differs fails. */
const DIFFERENCES: Record<string, string> = {
  'MAIL FROM:a@golden.test': 'brackets are required (RFC 5321 §4.1.2)',
  'RCPT TO:b@golden.test': 'brackets are required (RFC 5321 §4.1.2)',
  'MAIL FROM:<a@golden.test>>': 'only a space may follow the path (RFC 5321 §4.1.1.2)',
  'MAIL FROM:<a..b@golden.test>': 'Dot-string has no empty atom (RFC 5321 §4.1.2)',
  'MAIL FROM:<.a@golden.test>': 'Dot-string has no empty atom (RFC 5321 §4.1.2)',
  'MAIL FROM:<a.@golden.test>': 'Dot-string has no empty atom (RFC 5321 §4.1.2)',
  'MAIL FROM:<a@golden.test.>': 'a domain has no dot at its end (RFC 5321 §2.3.5)',
  'MAIL FROM:<a@gol_den.test>': 'no underscore in a domain (RFC 5321 §4.1.2)',
  "MAIL FROM:<!#$%&'*+-/=?^_`{|}~@golden.test>": 'Postfix reads `!` as a UUCP path; it is atext (RFC 5322 §3.2.3)',
  [`MAIL FROM:<${'l'.repeat(65)}@golden.test>`]: 'local part over 64 octets (SMTP-LIMIT-1; the doors let it pass)',
  'MAIL FROM:<münchen@golden.test>': 'needs SMTPUTF8 (RFC 6531 §3.5)',
  'MAIL FROM:<a@golden.test> ENVID=a+2b': 'xtext has upper-case hexadecimals (RFC 3461 §4)',
  'RCPT TO:<b@golden.test> NOTIFY=SUCCESS,SUCCESS': 'each word once (RFC 3461 §4.1)',
  'EXPN list': 'parsed; the door answers 502 (RFC 5321 §4.2.4)',
  HELP: 'spoken here (RFC 5321 §4.1.1.8)',
};
/** Refused by Postfix for the state of the session or a limit of the server, which are not the codec's matter. */
const STATE = /^503 |^552 /;

const tested = goldens.results.filter(({ reply }) => !STATE.test(reply) || reply.includes('file system imposed'));

test('SMTP-CMD-3 SMTP-PARAM-2 goldens: we accept and refuse what Postfix does, but for the differences listed', () => {
  const seen = new Set<string>();
  for (const { line, reply } of tested) {
    const ours = parseCommand(Buffer.from(line), {
      limits: RFC5321_LIMITS,
      postmasterDomain: 'golden.test',
    }).ok;
    const theirs = reply.startsWith('2');
    if (line in DIFFERENCES) {
      seen.add(line);
      assert.notEqual(ours, theirs, `no longer a difference: ${line}`);
    } else assert.equal(ours, theirs, `${line} → Postfix: ${reply}`);
  }
  assert.deepEqual([...seen].sort(), Object.keys(DIFFERENCES).sort());
  assert.ok(tested.length > 75);
});

test('SMTP-REPLY-4 goldens: every reply of Postfix is read and written back octet for octet', () => {
  for (const text of [goldens.greeting, goldens.ehlo, ...goldens.results.map(({ reply }) => reply)]) {
    const [reply, ...more] = new ReplyParser().push(Buffer.from(text));
    assert.ok(reply !== undefined && more.length === 0, text);
    assert.equal(formatReply(reply), text);
  }
});
