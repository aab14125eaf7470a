import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, render } from './helm.ts';
import { KINDS } from './kinds.ts';
import { MATRIX } from './matrix.ts';
import { StrictSchemas } from './strict.ts';

const schemas = new StrictSchemas();
const seen = new Map<string, KubeObject>();
for (const name of ['defaults', 'hpa', 'all features'])
  for (const object of await render(MATRIX[name] ?? {})) seen.set(`${object.apiVersion} ${object.kind}`, object);

test('every kind has a sample', () => {
  assert.deepEqual([...seen.keys()].sort(), Object.keys(KINDS).sort());
});

/** The object, with `change` made to a copy. */
function changed(kind: keyof typeof KINDS, change: (object: Record<string, never>) => void): KubeObject {
  const object = seen.get(kind);
  assert.ok(object, `${kind} was not rendered`);
  const copy = structuredClone(object);
  change(copy as never);
  return copy;
}

/** A misspelt field, deep enough in each kind, and where it is found. */
const MISSPELT: [keyof typeof KINDS, (object: never) => void, RegExp][] = [
  [
    'apps/v1 Deployment',
    (o: { spec: { template: { spec: { containers: object[] } } } }) =>
      Object.assign(o.spec.template.spec.containers[0] ?? {}, { securtyContext: {} }),
    /containers\[0\]\.securtyContext/,
  ],
  [
    'apps/v1 StatefulSet',
    (o: { spec: { template: { spec: object } } }) => Object.assign(o.spec.template.spec, { terminationGracePeriod: 3 }),
    /spec\.terminationGracePeriod:/,
  ],
  [
    'monitoring.coreos.com/v1 PodMonitor',
    (o: { spec: { podMetricsEndpoints: object[] } }) =>
      Object.assign(o.spec.podMetricsEndpoints[0] ?? {}, { relabeling: [] }),
    /podMetricsEndpoints\[0\]\.relabeling:/,
  ],
  [
    'monitoring.coreos.com/v1 PrometheusRule',
    (o: { spec: { groups: { rules: object[] }[] } }) => Object.assign(o.spec.groups[0]?.rules[0] ?? {}, { forr: '1m' }),
    /rules\[0\]\.forr:/,
  ],
  [
    'networking.k8s.io/v1 NetworkPolicy',
    (o: { spec: { egress: object[] } }) => Object.assign(o.spec.egress[0] ?? {}, { from: [] }),
    /egress\[0\]\.from/,
  ],
  [
    'keda.sh/v1alpha1 ScaledObject',
    (o: { spec: { fallback: object } }) => Object.assign(o.spec.fallback, { replica: 1 }),
    /fallback\.replica:/,
  ],
  [
    'cert-manager.io/v1 Certificate',
    (o: { spec: { privateKey: object } }) => Object.assign(o.spec.privateKey, { rotation: 'Always' }),
    /privateKey\.rotation:/,
  ],
  [
    'gateway.networking.k8s.io/v1 HTTPRoute',
    (o: { spec: { rules: { backendRefs: object[] }[] } }) =>
      Object.assign(o.spec.rules[0]?.backendRefs[0] ?? {}, { portt: 1 }),
    /backendRefs\[0\]\.portt/,
  ],
  [
    'gateway.networking.k8s.io/v1alpha2 TCPRoute',
    (o: { spec: object }) => Object.assign(o.spec, { hostnames: ['x.example.org'] }),
    /spec\.hostnames/,
  ],
  [
    'gateway.networking.k8s.io/v1alpha2 TLSRoute',
    (o: { spec: { parentRefs: object[] } }) => Object.assign(o.spec.parentRefs[0] ?? {}, { section: 'x' }),
    /parentRefs\[0\]\.section/,
  ],
  [
    'postgresql.cnpg.io/v1 Cluster',
    (o: { spec: { bootstrap: { initdb: object } } }) => Object.assign(o.spec.bootstrap.initdb, { db: 'x' }),
    /initdb\.db:/,
  ],
] as never;

for (const [kind, change, where] of MISSPELT)
  test(`${kind}: a misspelt field is found`, () => {
    assert.match(schemas.problems(changed(kind, change as never)).join('\n'), where);
  });

test('a wrong value and an unknown kind are found', () => {
  const wrong = changed('v1 Service', (object) => Object.assign(object, { spec: { ports: [{ port: 'smtp' }] } }));
  assert.match(schemas.problems(wrong).join('\n'), /port/);
  const other = { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'x' } };
  assert.deepEqual(schemas.problems(other), ['ReplicationController x: no schema for v1 ReplicationController']);
});
