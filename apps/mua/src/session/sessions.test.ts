import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SessionCookie } from './cookie.ts';
import { Sessions } from './sessions.ts';

const HOUR = 3_600_000;

function fixture(max = 10) {
  let now = 0;
  const closed: string[] = [];
  const sessions = new Sessions<string>({ close: (value) => closed.push(value), max, now: () => now });
  return { sessions, closed, wait: (ms: number) => (now += ms) };
}

suite('sessions', () => {
  test('a token has 256 bits and finds its session, another one nothing', () => {
    const { sessions } = fixture();
    const token = sessions.create('ann');
    assert.equal(Buffer.from(token, 'base64url').length, 32);
    assert.equal(sessions.use(token), 'ann');
    assert.equal(sessions.use(sessions.create('bob')), 'bob');
    assert.equal(sessions.use('x'.repeat(43)), undefined);
  });

  test('ends after 12 hours without use', () => {
    const { sessions, closed, wait } = fixture();
    const token = sessions.create('ann');
    wait(11.9 * HOUR);
    assert.equal(sessions.use(token), 'ann');
    wait(12 * HOUR);
    assert.equal(sessions.use(token), undefined);
    assert.deepEqual(closed, ['ann']);
  });

  test('ends after 7 days however much it is used', () => {
    const { sessions, wait } = fixture();
    const token = sessions.create('ann');
    for (let hours = 0; hours < 7 * 24 - 10; hours += 10) {
      assert.equal(sessions.use(token), 'ann');
      wait(10 * HOUR);
    }
    wait(10 * HOUR);
    assert.equal(sessions.use(token), undefined);
  });

  test('a full house makes room by sweeping; each session is closed once', () => {
    const { sessions, closed, wait } = fixture(2);
    const token = sessions.create('ann');
    sessions.create('bob');
    assert.equal(sessions.full, true);
    sessions.end(token);
    sessions.end(token);
    assert.equal(sessions.full, false);
    sessions.create('cid');
    wait(13 * HOUR);
    assert.equal(sessions.full, false);
    sessions.endAll();
    assert.deepEqual(closed.sort(), ['ann', 'bob', 'cid']);
  });
});

suite('session cookie', () => {
  const token = 'A'.repeat(43);

  test('is read among others, and only in its own form', () => {
    const cookie = new SessionCookie(false);
    assert.equal(cookie.read(`a=b; postroad=${token}; c=d`), token);
    assert.equal(cookie.read(`xpostroad=${token}`), undefined);
    assert.equal(cookie.read('postroad=short'), undefined);
    assert.equal(cookie.read(undefined), undefined);
  });

  test('is out of reach of scripts and other sites; with https bound to the host', () => {
    assert.equal(new SessionCookie(false).set(token), `postroad=${token}; Path=/; HttpOnly; SameSite=Strict`);
    assert.equal(
      new SessionCookie(true).set(token),
      `__Host-postroad=${token}; Path=/; HttpOnly; SameSite=Strict; Secure`,
    );
    assert.match(new SessionCookie(true).clear(), /^__Host-postroad=;.*Max-Age=0$/);
  });
});
