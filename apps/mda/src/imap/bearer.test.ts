import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { bearerVerifier } from './bearer.ts';

const ISSUER = 'https://issuer.test';

suite('tokens of OAUTHBEARER and XOAUTH2', () => {
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, body: string, response: ServerResponse) => void;
  let asked = 0;
  before(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked++;
        answer(request, body, response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  test('JWTs: signature, issuer, audience, time and scope all count', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const stranger = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
    answer = (_request, _body, response) => response.end(JSON.stringify({ keys: [jwk] }));
    const verifier = bearerVerifier({ issuer: ISSUER, jwksUri: `${url}/keys`, audience: 'mail', scope: 'imap' });
    const sign = (claims: JWTPayload, key = privateKey, ends = '1h'): Promise<string> =>
      new SignJWT({ email: 'alice@postroad.test', scope: 'openid imap', iss: ISSUER, aud: 'mail', ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setExpirationTime(ends)
        .sign(key);
    assert.equal(await verifier.verify(await sign({})), 'alice@postroad.test');
    const bad: [string, Promise<string>][] = [
      ['another issuer', sign({ iss: 'https://other.test' })],
      ['another audience', sign({ aud: 'web' })],
      ['no scope', sign({ scope: 'openid' })],
      ['expired', sign({}, privateKey, '-1h')],
      ['another key', sign({}, stranger.privateKey)],
      ['no address', sign({ email: '' })],
      ['no token', Promise.resolve('nonsense')],
      ['not signed', Promise.resolve(`${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`)],
    ];
    for (const [why, token] of bad) assert.equal(await verifier.verify(await token), null, why);
    assert.deepEqual(verifier.configuration, {
      scope: 'imap',
      openidConfiguration: `${ISSUER}/.well-known/openid-configuration`,
    });
  });

  test('keys that cannot be had are no wrong token', async () => {
    answer = (_request, _body, response) => response.writeHead(500).end();
    const { privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setExpirationTime('1h').sign(privateKey);
    const verifier = bearerVerifier({ issuer: ISSUER, jwksUri: `${url}/keys` });
    await assert.rejects(verifier.verify(token), { code: 'UNAVAILABLE' });
  });

  test('introspection: asked with our secret, believed for a moment, bounded', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    let reply: object | string = {};
    answer = (request, body, response) => {
      assert.equal(request.headers.authorization, `Basic ${Buffer.from('us:se%3Acret').toString('base64')}`);
      assert.equal(new URLSearchParams(body).get('token')?.length, 4);
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    };
    const verifier = bearerVerifier({
      ...{ issuer: ISSUER, introspectionUri: `${url}/introspect`, clientId: 'us', clientSecret: 'se:cret' },
      userClaim: 'username',
    });
    reply = { active: true, username: 'alice@postroad.test', exp: seconds + 60 };
    asked = 0;
    assert.equal(await verifier.verify('tok1'), 'alice@postroad.test');
    assert.equal(await verifier.verify('tok1'), 'alice@postroad.test');
    assert.equal(asked, 1);
    reply = { active: false };
    assert.equal(await verifier.verify('tok2'), null);
    reply = { active: true, username: 'alice@postroad.test', exp: seconds - 1 };
    assert.equal(await verifier.verify('tok3'), null);
    reply = { active: true, username: 'alice@postroad.test', iss: 'https://other.test' };
    assert.equal(await verifier.verify('tok4'), null);
    for (const nonsense of ['[]', '{', `"${'x'.repeat(100_000)}"`]) {
      reply = nonsense;
      await assert.rejects(verifier.verify('tok5'), { code: 'UNAVAILABLE' });
    }
  });
});
