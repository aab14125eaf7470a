import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionDriver } from '../testing/session-driver.ts';

test('the greeting tells capabilities, which follow TLS and state (IMAP-STATE-1)', async () => {
  const clear = new SessionDriver({ secure: false });
  await clear.until(/^\* OK \[CAPABILITY IMAP4rev1 .*STARTTLS LOGINDISABLED\]/m);
  assert.match(await clear.command('LOGIN user pass'), /NO \[PRIVACYREQUIRED\]/);
  await clear.end();
  const driver = new SessionDriver();
  await driver.until(/SASL-IR AUTH=PLAIN\]/);
  assert.match(await driver.command('STARTTLS'), /^c1 NO /m);
  assert.match(await driver.command('LOGIN user pass'), /OK \[CAPABILITY (?!.*(?:SASL-IR|AUTH=|STARTTLS)).*CONDSTORE/);
  assert.match(await driver.command('LOGIN user pass'), /^c3 BAD/m);
  await driver.end();
});

test('commands come only in their states (IMAP-STATE-2)', async () => {
  const driver = new SessionDriver();
  for (const command of ['SELECT INBOX', 'LIST "" *', 'FETCH 1 FLAGS', 'IDLE', 'APPEND INBOX {1+}\r\nx'])
    assert.match(await driver.command(command), /^c\d+ BAD .*not-authenticated/m, command);
  await driver.command('LOGIN user pass');
  for (const command of ['FETCH 1 FLAGS', 'CLOSE', 'SEARCH ALL', 'EXPUNGE'])
    assert.match(await driver.command(command), /^c\d+ BAD .*authenticated state/m, command);
  assert.match(await driver.command('SELECT nowhere'), /NO \[NONEXISTENT\]/);
  assert.match(await driver.command('LOGOUT'), /^\* BYE[^]*^c\d+ OK/m);
  await driver.done;
});

test('AUTHENTICATE PLAIN with and without initial response, cancelled, malformed (IMAP-AUTH-1)', async () => {
  const plain = Buffer.from('\0user\0pass').toString('base64');
  for (const [first, second] of [
    [`AUTHENTICATE PLAIN ${plain}`, null],
    ['AUTHENTICATE plain', plain],
  ] as const) {
    const driver = new SessionDriver();
    driver.send(`a ${first}\r\n`);
    if (second) {
      await driver.until(/^\+ \r\n/m);
      driver.send(`${second}\r\n`);
    }
    await driver.until(/^a OK/m);
    await driver.end();
  }
  const driver = new SessionDriver();
  for (const [response, answer] of [
    ['*', /BAD cancelled/],
    ['!!', /BAD not base64/],
    ['=', /BAD not a PLAIN/],
    [plain.slice(0, 4), /BAD not a PLAIN/],
  ] as const) {
    driver.send('b AUTHENTICATE PLAIN\r\n');
    await driver.until(/^\+ /m);
    driver.take();
    driver.send(`${response}\r\n`);
    await driver.until(answer);
    driver.take();
  }
  const wrong = Buffer.from('\0user\0nope').toString('base64');
  assert.match(await driver.command(`AUTHENTICATE PLAIN ${wrong}`), /NO \[AUTHENTICATIONFAILED\]/);
  const other = Buffer.from('boss\0user\0pass').toString('base64');
  assert.match(await driver.command(`AUTHENTICATE PLAIN ${other}`), /NO \[AUTHENTICATIONFAILED\]/);
  assert.match(await driver.command('AUTHENTICATE GSSAPI'), /NO/);
  await driver.end();
});

test('synchronising literals are asked for, the others not; too long ones are refused (IMAP-LITERAL-1)', async () => {
  const driver = new SessionDriver({ limits: { literalBeforeAuth: 10, skip: 100 } });
  driver.send('a LOGIN {4}\r\n');
  await driver.until(/^\+ /m);
  driver.send('user {4+}\r\npass\r\n');
  await driver.until(/^a OK/m);
  await driver.end();
  const refused = new SessionDriver({ limits: { literalBeforeAuth: 10, skip: 100 } });
  refused.send('a LOGIN {11}\r\nb LOGIN {11+}\r\n01234567890 x\r\nc NOOP\r\n');
  await refused.until(/^a BAD \[TOOBIG\][^]*^b BAD \[TOOBIG\][^]*^c OK/m);
  refused.send('d LOGIN {101+}\r\n');
  await refused.done;
  assert.match(refused.take(), /^d BAD[^]*^\* BYE/m);
});

test('STARTTLS: what was sent before it is forgotten, a failed handshake ends the session (IMAP-TLS-1)', async () => {
  const driver = new SessionDriver({ secure: false });
  driver.startTls = () => {
    driver.send('x NOOP\r\n');
    return Promise.resolve();
  };
  driver.send('a STARTTLS\r\ni LOGOUT\r\n');
  await driver.until(/^a OK/m);
  assert.match(await driver.command('CAPABILITY'), /AUTH=PLAIN/);
  assert.doesNotMatch(driver.take(), /^[xi] /m);
  await driver.end();
  const failing = new SessionDriver({ secure: false });
  failing.startTls = () => Promise.reject(new Error('handshake'));
  failing.send('a STARTTLS\r\n');
  await failing.done;
});

test('silence ends a session, before and after signing in (IMAP-TIME-1)', async () => {
  const early = new SessionDriver({ limits: { authTimeout: 30 } });
  await early.done;
  assert.match(early.take(), /\* BYE \[UNAVAILABLE\] authentication took too long/);
  const idle = new SessionDriver({ limits: { authTimeout: 5_000, idleTimeout: 60 } });
  await idle.command('LOGIN user pass');
  idle.send('i IDLE\r\n');
  await idle.done;
  assert.match(idle.take(), /\* BYE \[UNAVAILABLE\] idle/);
});

test('errors are counted, and the server can end a session (IMAP-LIMIT-1)', async () => {
  const driver = new SessionDriver({ limits: { errors: 3 } });
  driver.send('a X\r\nb Y\r\n\r\n');
  await driver.done;
  assert.match(driver.take(), /^a BAD[^]*^b BAD[^]*^\* BAD[^]*^\* BYE too many errors/m);
  const ended = await SessionDriver.selected();
  ended.session.end('going down');
  await ended.done;
  assert.match(ended.take(), /\* BYE going down/);
});

test('a backend that fails is reported and answered without its words (IMAP-ERR-1)', async () => {
  const driver = await SessionDriver.selected();
  driver.backend.listMailboxes = () => Promise.reject(new Error('secret detail'));
  const answer = await driver.command('LIST "" *');
  assert.match(answer, /NO \[SERVERBUG\] internal error/);
  assert.equal(driver.errors.length, 1);
  driver.backend.listMailboxes = () => Promise.reject(Object.assign(new Error('disk'), { code: 'UNAVAILABLE' }));
  assert.match(await driver.command('LIST "" *'), /NO \[UNAVAILABLE\]/);
  await driver.end();
});

test('a slow reader holds the session, a fast writer the socket (IMAP-FLOW-1)', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = new SessionDriver({ slow: () => gate });
  slow.send('a NOOP\r\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.doesNotMatch(slow.take(), /^a OK/m);
  slow.send('b NOOP\r\n'.repeat(20_000));
  assert.equal(slow.paused, true);
  release();
  await slow.until(/^a OK/m);
  await slow.end();
});

test('when the client is gone, the answer under way is given up (IMAP-FLOW-1)', async () => {
  const driver = await SessionDriver.selected();
  for (let i = 0; i < 50; i++) driver.backend.deliver('INBOX', Buffer.alloc(20_000, 'x'));
  await driver.command('NOOP');
  let read = 0;
  const fetch = driver.backend.fetch.bind(driver.backend);
  driver.backend.fetch = async function* (mailboxId, uids) {
    for await (const message of fetch(mailboxId, uids)) {
      if (++read === 3) driver.session.gone();
      yield message;
    }
  };
  driver.send('f FETCH 1:* BODY.PEEK[]\r\n');
  await driver.done;
  assert.equal(read, 3);
});
