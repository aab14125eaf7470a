/** What each way to run it is for: pools, embedded mode, PROXY protocol, routes, secrets that are there already. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { type KubeObject, render } from './helm.ts';
import { MATRIX } from './matrix.ts';
import { podsOf, type PodTemplate } from './rules/pods.ts';

const way = (name: string) => render(MATRIX[name] ?? assert.fail(`the matrix has no ${name}`));

function podNamed(objects: readonly KubeObject[], name: string): PodTemplate {
  return podsOf(objects).find(({ owner }) => owner.metadata.name === `mail-postroad-${name}`) ?? assert.fail(name);
}
const setting = (pod: PodTemplate, name: string) =>
  pod.spec.containers[0]?.env?.find((each) => each.name === name)?.value;

test('each relay pool has its own name in EHLO, labels for an egress gateway, address and nodes', async () => {
  const objects = await way('pools');
  const [a, b, provider] = ['a', 'a-b', 'provider'].map((pool) => podNamed(objects, `mta-relay-${pool}`));
  assert.ok(a && b && provider);
  assert.equal(setting(a, 'POSTROAD_MTA_HOSTNAME'), 'out-a.example.org');
  assert.equal(setting(b, 'POSTROAD_MTA_HOSTNAME'), 'out-b.example.org');
  assert.equal(setting(provider, 'POSTROAD_MTA_HOSTNAME'), 'mail.example.org');
  assert.equal(a.labels['egress'], 'a');
  assert.equal(setting(b, 'POSTROAD_MTA_RELAY_BIND_ADDRESS'), '192.0.2.7');
  assert.deepEqual(b.spec['nodeSelector'], { egress: 'b' });
  assert.equal(b.replicas, 1);
  assert.equal(setting(provider, 'POSTROAD_MTA_SMART_HOST'), 'smtp.example.org:2525');
  assert.equal(setting(b, 'POSTROAD_MTA_RELAY_POOL'), 'a-b');
  assert.equal(setting(podNamed(objects, 'mta-router'), 'POSTROAD_MTA_RELAY_POOLS'), 'a,a-b,provider');
});

test('IPv6 outside is for those who ask for it, in the setting and in the policy', async () => {
  for (const [name, wanted] of [
    ['pools', true],
    ['defaults', false],
  ] as const) {
    const relays = (await way(name)).filter(({ metadata }) => metadata.name.startsWith('mail-postroad-mta-relay'));
    const policies = relays.filter(({ kind }) => kind === 'NetworkPolicy');
    assert.ok(policies.length > 0);
    for (const policy of policies) assert.equal(JSON.stringify(policy).includes('"::/0"'), wanted);
    for (const pod of podsOf(relays)) assert.equal(setting(pod, 'POSTROAD_MTA_RELAY_IPV6'), String(wanted));
  }
});

test('embedded mode: one mda with all roles over sqlite on a volume; no database', async () => {
  const objects = await way('embedded');
  const mdas = podsOf(objects).filter(({ labels }) => labels['postroad/agent'] === 'mda');
  assert.deepEqual(
    mdas.map(({ owner, replicas, strategy }) => [owner.metadata.name, replicas, strategy]),
    [['mail-postroad-mda', 1, 'Recreate']],
  );
  const [mda] = mdas;
  assert.ok(mda);
  assert.deepEqual(mda.spec.containers[0]?.args, ['mda', '--role', 'deliver,imap,lmtp']);
  assert.equal(setting(mda, 'POSTROAD_MDA_STORE'), 'sqlite');
  const claim = mda.spec.volumes?.find(({ name }) => name === 'store')?.persistentVolumeClaim?.claimName;
  assert.ok(objects.some(({ kind, metadata }) => kind === 'PersistentVolumeClaim' && metadata.name === claim));
  assert.ok(!objects.some(({ kind }) => kind === 'Cluster'));
  assert.equal(setting(podNamed(objects, 'ops'), 'POSTROAD_OPS_REPLICAS'), '1');
});

test('PROXY protocol has ports and Services of its own, at the doors that were named and nowhere else', async () => {
  const objects = await way('proxy protocol');
  for (const [component, door] of [
    ['mta-mx', true],
    ['mda-imap', true],
    ['msa-smtp', false],
  ] as const) {
    const pod = podNamed(objects, component);
    const names = pod.spec.containers[0]?.ports?.map(({ name }) => name) ?? [];
    assert.equal(
      names.some((name) => name.startsWith('p-')),
      door,
      component,
    );
    assert.equal(
      pod.spec.containers[0]?.env?.some(({ name }) => name.endsWith('_PROXY_FROM')),
      door,
      component,
    );
    const services = objects.filter(({ kind, metadata }) => kind === 'Service' && metadata.name.includes(component));
    for (const service of services)
      for (const { targetPort } of (service['spec'] as { ports: { targetPort: string }[] }).ports)
        assert.equal(targetPort.startsWith('p-'), service.metadata.name.endsWith('-proxy'), service.metadata.name);
  }
});

interface Backend {
  readonly name: string;
  readonly port: number;
}

test('every route ends at a port of a Service that there is, those of mail at a proxy port', async () => {
  for (const name of ['gateway', 'embedded, gateway, keda', 'all features']) {
    const objects = await way(name);
    const routes = objects.filter(({ kind }) => kind.endsWith('Route'));
    assert.equal(routes.length, 6);
    for (const route of routes) {
      const [backend] = (route['spec'] as { rules: { backendRefs: Backend[] }[] }).rules.flatMap((r) => r.backendRefs);
      const service = objects.find((o) => o.kind === 'Service' && o.metadata.name === backend?.name);
      const ports = (service?.['spec'] as { ports: Backend[] } | undefined)?.ports ?? [];
      assert.ok(
        ports.some(({ port }) => port === backend?.port),
        `${route.kind} ${route.metadata.name}`,
      );
      assert.equal(backend?.name.endsWith('-proxy'), route.kind !== 'HTTPRoute');
    }
  }
});

test('every secret may be there already: then none is made, and each one that is used was named', async () => {
  const objects = await way('everything elsewhere');
  assert.deepEqual(
    objects.filter(({ kind }) => kind === 'Secret'),
    [],
  );
  const used = [...JSON.stringify(objects).matchAll(/"secret(?:Name|KeyRef)":(?:\{"name":)?"([^"]+)"/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual([...new Set(used)].sort(), ['mail-tls', 'nats-tls', 'nats-users', 'ops', 'postgres', 's3']);
});

test('every secret that is used is made by the chart, or by the operator that was asked', async () => {
  const objects = await way('defaults');
  const made = objects.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
  const used = [...JSON.stringify(objects).matchAll(/"secret(?:Name|KeyRef)":(?:\{"name":)?"([^"]+)"/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual([...new Set(used)].sort(), [...made, 'mail-postroad-db-app'].sort());
});

test('the key of the brokers stays with them', async () => {
  const objects = await way('TLS at the broker');
  const agents = podsOf(objects).filter(({ labels }) => labels['postroad/agent'] !== undefined);
  const volumes = agents.flatMap(({ spec }) => spec.volumes ?? []).filter(({ name }) => name === 'nats-tls');
  assert.ok(volumes.length >= 6);
  for (const { secret } of volumes)
    assert.deepEqual((secret as { items?: unknown }).items, [{ key: 'ca.crt', path: 'ca.crt' }]);
  const mutual = podNamed(await way('all features'), 'mta-mx');
  const shown = mutual.spec.volumes?.find(({ name }) => name === 'nats-tls')?.secret as { secretName: string };
  assert.equal(shown.secretName, 'nats-client');
  assert.equal(setting(mutual, 'POSTROAD_MTA_NATS_TLS_KEY'), '/etc/postroad/nats/tls.key');
});

test('the self-signed certificate is for our names, by an authority that the webmail and the test trust', async () => {
  const objects = await render({ hostname: 'mx.example.net', tls: { dnsNames: ['imap.example.net'] } });
  const data = objects.find(({ metadata }) => metadata.name === 'mail-postroad-tls')?.['data'] as Record<
    string,
    string
  >;
  const pem = (key: string) => new X509Certificate(Buffer.from(data[key] ?? '', 'base64'));
  assert.equal(pem('tls.crt').checkHost('imap.example.net'), 'imap.example.net');
  assert.equal(pem('tls.crt').checkHost('mx.example.net'), 'mx.example.net');
  assert.ok(pem('tls.crt').verify(pem('ca.crt').publicKey));
  for (const name of ['mua-web', 'test']) {
    const ca = podNamed(objects, name).spec.volumes?.find((volume) => volume.name === 'ca');
    assert.deepEqual((ca?.secret as { items?: unknown }).items, [{ key: 'ca.crt', path: 'ca.crt' }]);
  }
});
