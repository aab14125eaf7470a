import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import type { ImapAccount, ImapBackend, ScramKeys } from '../backend.ts';
import type { ChannelBindings, SaslStep } from './mechanism.ts';
import { mechanismNamed, offeredMechanisms } from './mechanisms.ts';

const account = { address: 'user@postroad.test' } as ImapAccount;
const PASSWORD = 'pencil';

function keysFor(password: string): ScramKeys {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const serverKey = createHmac('sha256', salted).update('Server Key').digest();
  return { salt, iterations: 4096, storedKey: createHash('sha256').update(clientKey).digest(), serverKey };
}

const backend: ImapBackend = {
  authenticate: (name, password) => Promise.resolve(name === 'user' && password === PASSWORD ? account : null),
  authenticateFor: (name, secret, actFor) =>
    Promise.resolve(name === 'admin' && secret === 'secret' && actFor === 'user' ? account : null),
  scramKeys: (name) => Promise.resolve(keysFor(name === 'user' ? PASSWORD : randomBytes(8).toString('hex'))),
  scramAccount: (name) => Promise.resolve(name === 'user' ? account : null),
  bearer: (name, token) => Promise.resolve(token === 'good' && ['user', ''].includes(name) ? account : null),
  bearerConfiguration: { scope: 'mail', openidConfiguration: 'https://issuer.test/.well-known/openid-configuration' },
};
const exported = randomBytes(32);
const bindings: ChannelBindings = (type) => (type === 'tls-exporter' ? exported : null);

function start(name: string, bound: ChannelBindings | null = bindings): (text: string) => Promise<SaslStep> {
  const exchange = mechanismNamed(name)?.start(backend, bound) ?? assert.fail(`no mechanism ${name}`);
  return (text) => exchange(Buffer.from(text));
}

const outcome = (step: SaslStep): string =>
  step.kind === 'done' ? (step.account ? 'in' : 'out') : step.kind === 'challenge' ? 'challenge' : 'malformed';

interface ScramTry {
  readonly mechanism?: string;
  readonly header?: string;
  readonly password?: string;
  readonly channel?: Buffer;
  readonly bound?: ChannelBindings | null;
  readonly name?: string;
}

/** The client's side of RFC 5802 §3. Resolves to the last step and whether the server proved itself. */
async function scram(attempt: ScramTry): Promise<{ step: SaslStep; proved: boolean }> {
  const { mechanism = 'SCRAM-SHA-256', header = 'n,,', password = PASSWORD, channel, bound, name = 'user' } = attempt;
  const say = start(mechanism, bound);
  const bare = `n=${name},r=rOprNGfwEbeRWgbNEkqO`;
  const first = await say(header + bare);
  if (first.kind !== 'challenge') return { step: first, proved: false };
  const challenge = first.data.toString();
  const [, nonce = '', salt = '', rounds = ''] = /^r=(.+),s=(.+),i=(\d+)$/.exec(challenge) ?? [];
  assert.ok(nonce.startsWith('rOprNGfwEbeRWgbNEkqO') && nonce.length > 40);
  const unproved = `c=${(channel ?? Buffer.from(header)).toString('base64')},r=${nonce}`;
  const message = `${bare},${challenge},${unproved}`;
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const signature = createHmac('sha256', createHash('sha256').update(clientKey).digest()).update(message).digest();
  const proof = Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0))).toString('base64');
  const second = await say(`${unproved},p=${proof}`);
  if (second.kind !== 'challenge') return { step: second, proved: false };
  const serverKey = createHmac('sha256', salted).update('Server Key').digest();
  const expected = `v=${createHmac('sha256', serverKey).update(message).digest('base64')}`;
  return { step: await say(''), proved: second.data.toString() === expected };
}

suite('SASL mechanisms', () => {
  test('IMAP-AUTH-1: PLAIN; another name to act for only where the backend allows it', async () => {
    assert.equal(outcome(await start('PLAIN')('\0user\0pencil')), 'in');
    assert.equal(outcome(await start('PLAIN')('user\0user\0pencil')), 'in');
    assert.equal(outcome(await start('PLAIN')('\0user\0wrong')), 'out');
    assert.equal(outcome(await start('PLAIN')('user\0admin\0secret')), 'in');
    assert.equal(outcome(await start('PLAIN')('user\0admin\0wrong')), 'out');
    assert.equal(outcome(await start('PLAIN')('other\0user\0pencil')), 'out');
    for (const wrong of ['', 'user', '\0\0', 'a\0b\0c\0d'])
      assert.equal(outcome(await start('PLAIN')(wrong)), 'malformed');
  });

  test('IMAP-AUTH-2: SCRAM-SHA-256 proves both sides', async () => {
    const good = await scram({});
    assert.deepEqual([outcome(good.step), good.proved], ['in', true]);
    assert.equal(outcome((await scram({ password: 'wrong' })).step), 'out');
    assert.equal(outcome((await scram({ name: 'nobody' })).step), 'out');
    assert.equal(outcome((await scram({ header: 'n,a=user,' })).step), 'in');
    assert.equal(outcome((await scram({ header: 'n,a=other,' })).step), 'out');
    assert.equal(outcome((await scram({ channel: Buffer.from('y,,') })).step), 'out');
    for (const wrong of ['', 'n,,', 'n,,n=user', 'n,,m=x,n=user,r=abc', 'x,,n=user,r=abc', 'n,,n=us=er,r=abc'])
      assert.equal(outcome(await start('SCRAM-SHA-256')(wrong)), 'malformed', wrong);
  });

  test('IMAP-AUTH-3: channel binding: what PLUS promises is held to, and a stripped PLUS is noticed', async () => {
    const header = 'p=tls-exporter,,';
    const channel = Buffer.concat([Buffer.from(header), exported]);
    const mechanism = 'SCRAM-SHA-256-PLUS';
    assert.equal(outcome((await scram({ mechanism, header, channel })).step), 'in');
    const elsewhere = Buffer.concat([Buffer.from(header), randomBytes(32)]);
    assert.equal(outcome((await scram({ mechanism, header, channel: elsewhere })).step), 'out');
    assert.equal(outcome((await scram({ mechanism })).step), 'out');
    assert.equal(outcome((await scram({ header, channel })).step), 'out');
    assert.equal(outcome((await scram({ mechanism, header: 'p=tls-unique,,' })).step), 'out');
    // the client could have bound and believes that we cannot: somebody took PLUS off the list
    assert.equal(outcome((await scram({ header: 'y,,' })).step), 'out');
    assert.equal(outcome((await scram({ header: 'y,,', bound: null })).step), 'in');
  });

  test('IMAP-AUTH-4: OAUTHBEARER and XOAUTH2 explain a bad token before they refuse it', async () => {
    const oauth = (token: string, user = 'a=user'): string =>
      `n,${user},\x01host=x\x01port=143\x01auth=Bearer ${token}\x01\x01`;
    assert.equal(outcome(await start('OAUTHBEARER')(oauth('good'))), 'in');
    assert.equal(outcome(await start('OAUTHBEARER')(oauth('good', ''))), 'in');
    const say = start('OAUTHBEARER');
    const explained = await say(oauth('bad'));
    assert.ok(explained.kind === 'challenge');
    assert.deepEqual(JSON.parse(explained.data.toString()), {
      status: 'invalid_token',
      scope: 'mail',
      'openid-configuration': 'https://issuer.test/.well-known/openid-configuration',
    });
    assert.equal(outcome(await say('\x01')), 'out');
    assert.equal(outcome(await start('OAUTHBEARER')('n,a=user,auth=Bearer good')), 'malformed');
    assert.equal(outcome(await start('XOAUTH2')('user=user\x01auth=Bearer good\x01\x01')), 'in');
    const older = start('XOAUTH2');
    assert.equal(outcome(await older('user=user\x01auth=Bearer bad\x01\x01')), 'challenge');
    assert.equal(outcome(await older('')), 'out');
    assert.equal(outcome(await start('XOAUTH2')('auth=Bearer good\x01\x01')), 'malformed');
  });

  test('IMAP-AUTH-5: only what works is offered, the strongest first', () => {
    const all = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'OAUTHBEARER', 'XOAUTH2', 'PLAIN'];
    assert.deepEqual(offeredMechanisms(backend, bindings), all);
    assert.deepEqual(offeredMechanisms(backend, null), all.slice(1));
    assert.deepEqual(offeredMechanisms({ authenticate: () => Promise.resolve(null) }, bindings), ['PLAIN']);
  });
});
