import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeQueueId } from '@postroad/mail';
import { receivedField } from './received.ts';
import type { SmtpSession, SmtpTransaction } from './types.ts';

const session: SmtpSession = {
  id: 'x',
  remoteAddress: '2001:db8::25',
  remotePort: 1,
  localAddress: '::1',
  localPort: 25,
  hello: { verb: 'EHLO', name: 'client.test' },
  tls: null,
  user: null,
  lmtp: false,
};
const to = (...localParts: string[]): SmtpTransaction => ({
  reversePath: null,
  parameters: {},
  recipients: localParts.map((localPart) => ({ forwardPath: { localPart, domain: 'x.test' } })),
});
const queueId = makeQueueId(0, new Uint8Array(10));
const field = (with_: Partial<SmtpSession>, transaction: SmtpTransaction): string =>
  receivedField({ session: { ...session, ...with_ }, transaction, hostname: 'mx.test', queueId, time: 0 });

test('Received names client, agent, id, the only recipient and the time (RFC 5321 §4.4)', () => {
  assert.equal(
    field({}, to('bob')),
    [
      'Received: from client.test ([IPv6:2001:db8::25])',
      'by mx.test (Postroad) with ESMTP',
      `id ${queueId} for <bob@x.test>;`,
      'Thu, 1 Jan 1970 00:00:00 +0000\r\n',
    ].join('\r\n\t'),
  );
});

test('several recipients do not learn of each other; one beyond ASCII is named only in an SMTPUTF8 message', () => {
  assert.doesNotMatch(field({}, to('bob', 'eve')), /for </);
  assert.doesNotMatch(field({}, to('bøb')), /for </);
  assert.match(field({}, { ...to('bøb'), parameters: { smtputf8: true } }), /with UTF8SMTP\r\n.*for <bøb@x\.test>/);
});

test('the protocol keyword says TLS and AUTH (RFC 3848)', () => {
  const tls = { protocol: 'TLSv1.3', cipher: 'AES', servername: null };
  assert.match(field({ tls }, to('bob')), /with ESMTPS \(TLSv1\.3 AES\)/);
  assert.match(field({ tls, user: {} }, to('bob')), /with ESMTPSA /);
  assert.match(field({ hello: { verb: 'HELO', name: 'x' } }, to('bob')), /with SMTP\r\n/);
});
