import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDsn } from './index.ts';

/** The example of RFC 3464 appendix E.1, with the odd spacing real systems have. */
const FOREIGN = `From: Mail Delivery Subsystem <MAILER-DAEMON@CS.UTK.EDU>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
      boundary="RAA14128.773615765/CS.UTK.EDU"

--RAA14128.773615765/CS.UTK.EDU

The original message was received at Sat, 2 Jul 1994 17:09:45 -0400

--RAA14128.773615765/CS.UTK.EDU
content-type: message/delivery-status


Reporting-MTA: dns; cs.utk.edu
Arrival-Date: Sat, 2 Jul 1994 17:09:45 -0400


Original-Recipient: rfc822;louisl@larry.slip.umd.edu
Final-Recipient:rfc822;louisl@larry.slip.umd.edu
Action: Failed (permanent)
Status: 4.0.0 (unspecified)
Diagnostic-Code: smtp; 426 connection
    timed out
Last-Attempt-Date: Sat, 2 Jul 1994 17:15:49 -0400

Final-Recipient: x@y
Action: unheard-of

--RAA14128.773615765/CS.UTK.EDU
content-type: message/rfc822

Message-ID: <orig@x>

text
--RAA14128.773615765/CS.UTK.EDU--
`;

test('DSN-11 foreign notifications: spacing, case, comments, extra empty lines', () => {
  const parsed = parseDsn(Buffer.from(FOREIGN));
  assert.deepEqual(parsed?.reportingMta, { type: 'dns', value: 'cs.utk.edu' });
  assert.equal(parsed.arrival, Date.UTC(1994, 6, 2, 21, 9, 45));
  assert.equal(parsed.recipients.length, 1);
  const [recipient] = parsed.recipients;
  assert.deepEqual(recipient?.finalRecipient, { type: 'rfc822', value: 'louisl@larry.slip.umd.edu' });
  assert.equal(recipient.action, 'failed');
  assert.equal(recipient.status, '4.0.0');
  assert.equal(recipient.diagnostic?.value, '426 connection    timed out');
  assert.equal(recipient.lastAttempt, Date.UTC(1994, 6, 2, 21, 15, 49));
  assert.equal(parsed.returned?.messageId, 'orig@x');
});

test('DSN-12 what is no notification is null, and nothing throws', () => {
  assert.equal(parseDsn(Buffer.from('Subject: x\r\n\r\ntext')), null);
  assert.equal(
    parseDsn(Buffer.from(FOREIGN.replace(/Final-Recipient.*\n/g, '').replace(/Original-Recipient.*\n/, ''))),
    null,
  );
  const bytes = Buffer.from(FOREIGN);
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(), octet: fc.nat(255) }), { maxLength: 30 }), (changes) => {
      const mutant = Buffer.from(bytes);
      for (const { at, octet } of changes) mutant[at % mutant.length] = octet;
      parseDsn(mutant);
    }),
  );
});

test('DSN-12 a report of a hundred thousand groups is bounded', () => {
  const group = 'Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.0.0\n\n';
  const bytes = Buffer.from(FOREIGN.replace('Final-Recipient: x@y\nAction: unheard-of\n', group.repeat(100_000)));
  // µs of this thread alone: what else the machine does is not counted.
  const began = process.threadCpuUsage();
  assert.equal(parseDsn(bytes)?.recipients.length, 1000);
  assert.ok(process.threadCpuUsage(began).user < 2_000_000);
});
