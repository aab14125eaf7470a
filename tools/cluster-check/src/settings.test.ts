import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROLE_NAMES, ROLES } from './roles.ts';
import { type ClusterFacts, settingsOf } from './settings.ts';
import type { Stores } from './stores.ts';
import { variablesOf } from './testing/variables.ts';

const passwords = { msa: 'of-msa', mta: 'of-mta', mda: 'of-mda', ops: 'of-ops' };
const stores = {
  passwords,
  broker: { size: 1, servers: ['127.0.0.1:1'], monitors: ['http://127.0.0.1:2'] },
  database: 'postgres://postgres@127.0.0.1:3/postroad',
  s3: { endpoint: 'http://127.0.0.1:4', region: 'r', bucket: 'b', accessKeyId: 'i', secretAccessKey: 's' },
} as unknown as Stores;
const portsOf = (from: number) => (_: unknown, i: number) => from + i;
const doors = Object.fromEntries(
  ROLE_NAMES.map((role, i) => {
    const names = ['health', ...Object.keys(ROLES[role].doors)];
    return [role, Object.fromEntries(names.map((name, j) => [name, portsOf(1_000 + i * 10)(name, j)]))];
  }),
) as ClusterFacts['doors'];
const facts: ClusterFacts = { domain: 'a.test', elsewhere: 'b.test', sinkPort: 5, stores, doors };

test('agents know every setting they are given; an unknown one would be ignored in silence', () => {
  for (const role of ROLE_NAMES) {
    const known = variablesOf(ROLES[role].agent);
    const given = Object.keys(settingsOf(role, 'x-1', doors[role], facts));
    assert.deepEqual(
      given.filter((name) => !known.has(name)),
      [],
      role,
    );
  }
});

test('each agent gets its own password and no other; each instance its own ports, and the services of the others', () => {
  for (const role of ROLE_NAMES) {
    const { agent } = ROLES[role];
    const own = Object.fromEntries(Object.keys(doors[role]).map((name, i) => [name, portsOf(7_000)(name, i)]));
    const settings = settingsOf(role, 'x-1', own, facts);
    const values = Object.values(settings);
    for (const [other, password] of Object.entries(passwords))
      assert.equal(values.includes(password), other === agent, `${role} and the password of ${other}`);
    for (const port of Object.values(own)) assert.ok(values.includes(String(port)), `${role} has port ${port}`);
  }
  const mua = settingsOf('mua/web', 'mua-1', doors['mua/web'], facts);
  assert.equal(mua['POSTROAD_MUA_IMAP_PORT'], String(doors['mda/imap']['imaps']));
  assert.equal(mua['POSTROAD_MUA_SMTP_PORT'], String(doors['msa/smtp']['submissions']));
});
