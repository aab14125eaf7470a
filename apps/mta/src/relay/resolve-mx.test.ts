import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RouteFinder } from './resolve-mx.ts';
import { type RelayConfig, withDefaults } from './settings.ts';
import { NameServer } from './testing/dns.ts';

const ZONE = {
  'two.test': {
    mx: [
      [20, 'second.test'],
      [10, 'first.test'],
    ],
  },
  'first.test': { a: ['192.0.2.1'], aaaa: ['2001:db8::1'] },
  'second.test': { a: ['192.0.2.2', '192.0.2.3'] },
  'plain.test': { a: ['192.0.2.9'] },
  'only6.test': { aaaa: ['2001:db8::6'] },
  'part6.test': {
    mx: [
      [10, 'only6.test'],
      [20, 'plain.test'],
    ],
  },
  'null.test': { mx: [[0, '.']] },
  'empty.test': {},
  'hollow.test': {
    mx: [
      [10, 'nothing.test'],
      [20, 'empty.test'],
    ],
  },
  'trouble.test': 'servfail',
  'half.test': {
    mx: [
      [10, 'trouble.test'],
      [20, 'second.test'],
    ],
  },
  'sick.test': { mx: [[10, 'trouble.test']] },
  'backup.test': {
    mx: [
      [10, 'first.test'],
      [20, 'Relay.Postroad.Test'],
      [30, 'second.test'],
    ],
  },
  'ours.test': {
    mx: [
      [10, 'relay.postroad.test'],
      [20, 'second.test'],
    ],
  },
  'here.test': { mx: [[10, 'loop.test']] },
  'loop.test': { a: ['127.0.0.1', '0.0.0.0'], aaaa: ['::1', '::ffff:7f00:1'] },
  'equal.test': {
    mx: [
      [10, 'first.test'],
      [10, 'second.test'],
      [10, 'plain.test'],
    ],
  },
} as const;

describe('where mail for a domain goes (RFC 5321 §5.1)', () => {
  let dns: NameServer;
  const find = (domain: string, config: Partial<RelayConfig> = {}) =>
    new RouteFinder(withDefaults({ hostname: 'relay.postroad.test', resolver: [dns.address], ...config })).find(domain);
  const addresses = async (domain: string, config?: Partial<RelayConfig>) => {
    const route = await find(domain, config);
    assert.ok('candidates' in route, JSON.stringify(route));
    return route.candidates.map(({ address, port }) => `${address}:${port}`);
  };
  const fate = async (domain: string, config?: Partial<RelayConfig>) => {
    const route = await find(domain, config);
    assert.ok('fate' in route, JSON.stringify(route));
    return [route.fate.kind, route.fate.status];
  };
  before(async () => (dns = await NameServer.start(ZONE)));
  after(() => dns.stop());

  test('by preference, both address families', async () => {
    const [one, two, ...rest] = await addresses('two.test');
    assert.deepEqual([one, two], ['2001:db8::1:25', '192.0.2.1:25']);
    assert.deepEqual(rest.sort(), ['192.0.2.2:25', '192.0.2.3:25']);
  });
  test('equal preferences are mixed', async () => {
    const firsts = new Set<string | undefined>();
    for (let i = 0; i < 40; i++) firsts.add((await addresses('equal.test'))[0]?.replace(/[23]:25$/, 'n'));
    assert.equal(firsts.size, 3);
  });
  test('no MX: the address of the domain itself', async () =>
    assert.deepEqual(await addresses('plain.test'), ['192.0.2.9:25']));
  test('null MX (RFC 7505): 5.1.10', async () => assert.deepEqual(await fate('null.test'), ['failed', '5.1.10']));
  test('no such domain, or neither MX nor address: 5.1.2', async () => {
    assert.deepEqual(await fate('nowhere.test'), ['failed', '5.1.2']);
    assert.deepEqual(await fate('empty.test'), ['failed', '5.1.2']);
  });
  test('hosts without addresses: 5.4.4', async () => assert.deepEqual(await fate('hollow.test'), ['failed', '5.4.4']));
  test('trouble of the name server passes: 4.4.3; one good host is enough', async () => {
    assert.deepEqual(await fate('trouble.test'), ['deferred', '4.4.3']);
    assert.deepEqual(await fate('sick.test'), ['deferred', '4.4.3']);
    assert.equal((await addresses('half.test')).length, 2);
    assert.deepEqual(await fate('two.test', { resolver: ['127.0.0.1:9'] }), ['deferred', '4.4.3']);
  });
  test('in the list ourselves: only those preferred to us; nobody is: 5.4.6', async () => {
    assert.deepEqual(await addresses('backup.test'), ['2001:db8::1:25', '192.0.2.1:25']);
    assert.deepEqual(await fate('ours.test'), ['failed', '5.4.6']);
  });
  test('addresses of this machine are refused unless allowed', async () => {
    assert.deepEqual(await fate('here.test'), ['failed', '5.4.6']);
    assert.equal((await addresses('here.test', { allowLoopback: true })).length, 4);
    assert.deepEqual(await fate('[127.0.0.1]'), ['failed', '5.4.6']);
  });
  test('address literals are connected to', async () => {
    assert.deepEqual(await addresses('[192.0.2.7]'), ['192.0.2.7:25']);
    assert.deepEqual(await addresses('[IPv6:2001:db8::7]', { port: 2525 }), ['2001:db8::7:2525']);
  });
  test('a source address decides on the family', async () => {
    assert.deepEqual(await addresses('backup.test', { sourceAddress: '192.0.2.200' }), ['192.0.2.1:25']);
    assert.deepEqual(await fate('plain.test', { sourceAddress: '2001:db8::200' }), ['deferred', '4.4.1']);
  });
  test('without IPv6 its addresses are not tried; a host that has no others waits, and says why', async () => {
    const off = { ipv6: false };
    assert.deepEqual((await addresses('two.test', off)).sort(), ['192.0.2.1:25', '192.0.2.2:25', '192.0.2.3:25']);
    assert.deepEqual(await addresses('part6.test', off), ['192.0.2.9:25']);
    assert.deepEqual(await fate('only6.test', off), ['deferred', '4.4.1']);
    assert.deepEqual(await addresses('only6.test'), ['2001:db8::6:25']);
    assert.deepEqual(await fate('[IPv6:2001:db8::7]', off), ['deferred', '4.4.1']);
    assert.deepEqual(await addresses('two.test', { ...off, smartHost: { host: '::1', port: 5 } }), ['::1:5']);
  });
  test('a smart host takes everything, and nothing is looked up', async () => {
    const before = dns.asked.length;
    assert.deepEqual(await addresses('two.test', { smartHost: { host: '127.0.0.1', port: 5 } }), ['127.0.0.1:5']);
    assert.equal(dns.asked.length, before);
  });
});
