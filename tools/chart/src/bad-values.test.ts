import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helmTemplate, type Values } from './helm.ts';

const relay = (pools: object[]) => ({ relay: { pools } });
const door = { parent: { name: 'edge' } };
const proxies = { proxyProtocol: { enabled: true, fromCIDRs: ['10.0.0.0/8'] } };
const nats = { nats: { enabled: false } };
const externalNats = { servers: ['n:4222'], monitors: ['http://n:8222'], existingSecret: 'users' };

/** Values that are refused, and by which sentence. */
const BAD: [string, Values, RegExp][] = [
  [
    'two mdas on one volume',
    { mode: 'embedded', embedded: { replicas: 2 } },
    /mode embedded has one mda: .* mode to cluster/,
  ],
  ['two ops', { ops: { replicas: 2 } }, /set ops\.replicas to 1/],
  ['PROXY protocol from anyone', { proxyProtocol: { enabled: true } }, /fromCIDRs is empty: name the proxies/],
  ['no broker', nats, /say in externalNats\.servers/],
  [
    'no passwords',
    { ...nats, externalNats: { ...externalNats, existingSecret: '' } },
    /externalNats\.existingSecret must name/,
  ],
  ['unchecked durability', { ...nats, externalNats: { ...externalNats, monitors: [] } }, /list their monitoring ports/],
  [
    'agents without a certificate',
    { nats: { tls: { existingSecret: 'nats-tls' } } },
    /nats\.tls\.clientSecret must name it/,
  ],
  [
    'mTLS without a certificate',
    { ...nats, externalNats: { ...externalNats, tls: { mutual: true } } },
    /needs externalNats\.tls/,
  ],
  ['no database', { postgres: { source: 'external' } }, /must name the Secret with the URL/],
  ['S3 without keys', { s3: { endpoint: 'https://s3.example.org' } }, /give s3\.existingSecret, or/],
  ['no certificate', { tls: { source: 'existingSecret' } }, /tls\.existingSecret must name it/],
  ['no issuer', { tls: { source: 'certManager' } }, /certManager\.issuer must name/],
  ['KEDA without Prometheus', { autoscaling: { kind: 'keda' } }, /set autoscaling\.prometheus/],
  [
    'fewest above most',
    { mx: { autoscaling: { minReplicas: 5, maxReplicas: 3 } } },
    /mx\.autoscaling\.minReplicas is above/,
  ],
  ['no usual pool', relay([{ name: 'a' }]), /none named default: mail of domains/],
  ['two pools of one name', relay([{ name: 'a' }, { name: 'a' }]), /two named a: give each its own name/],
  ['LMTP from anyone', { lmtp: { enabled: true } }, /say who may deliver by it/],
  ['an Ingress to nowhere', { mua: { ingress: { enabled: true } } }, /needs mua\.enabled and mua\.publicOrigin/],
  [
    'a route without a gateway',
    { mua: { publicOrigin: 'https://w.example.org' }, gateway: { httpRoute: { enabled: true } } },
    /name the Gateway/,
  ],
  [
    'a route that hides clients',
    { gateway: { tcpRoutes: [{ door: 'smtp', ...door }] } },
    /hide the clients' addresses/,
  ],
  [
    'TLS where STARTTLS is',
    { ...proxies, gateway: { tlsRoutes: [{ door: 'imap', ...door }] } },
    /not imap: use gateway\.tcpRoutes/,
  ],
  [
    'a variable twice',
    { msa: { extraEnv: [{ name: 'POSTROAD_MSA_BIND', value: '::1' }] } },
    /which the chart sets too/,
  ],
  [
    'a canary without a password',
    { ops: { canary: { address: 'canary@example.org' } } },
    /ops\.canary\.existingSecret must name/,
  ],
  [
    'dashboards without the series they show',
    { monitoring: { dashboards: { enabled: true } } },
    /set monitoring\.rules\.enabled too/,
  ],
  // By the schema: helm names the value and the rule.
  ['an unknown value', { mtaa: {} }, /Additional property mtaa is not allowed/],
  ['an unknown value of NATS', { nats: { replica: 3 } }, /Additional property replica is not allowed/],
  [
    'an unknown value, deep',
    { imap: { service: { ports: { pop3: 110 } } } },
    /imap\.service\.ports: Additional property pop3/,
  ],
  ['a misspelt mode', { mode: 'clustered' }, /mode must be one of/],
  ['two servers', { nats: { replicas: 2 } }, /nats\.replicas/],
  ['no blocks', { proxyProtocol: { fromCIDRs: ['10.0.0.1'] } }, /fromCIDRs\.0: Does not match pattern/],
  ['an unknown threshold', { monitoring: { rules: { thresholds: { x: 1 } } } }, /thresholds: Additional property x/],
  ['no pool', relay([]), /relay\.pools: Array must have at least 1/],
  ['a name with a capital', { hostname: 'Mail.Example.Org' }, /hostname: Does not match pattern/],
  ['text for a number', { msa: { replicas: 'two' } }, /msa\.replicas: Invalid type/],
];

for (const [name, values, sentence] of BAD)
  test(`refused: ${name}`, async () => {
    const { code, stderr, stdout } = await helmTemplate(values, '1.32.0');
    assert.equal(code, 1, `it was rendered:\n${stdout.slice(0, 400)}`);
    assert.match(stderr, sentence);
  });

test('an older Kubernetes is refused', async () => {
  const { code, stderr } = await helmTemplate({}, '1.27.0');
  assert.equal(code, 1);
  assert.match(stderr, /requires kubeVersion: >=1\.28/);
});
