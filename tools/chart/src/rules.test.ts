/** Each rule bites: objects with one thing changed for the worse break it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, render } from './helm.ts';
import { lifeProblems } from './rules/life.ts';
import { networkProblems } from './rules/network.ts';
import { type Container, type PodSpec, podsOf } from './rules/pods.ts';
import { securityProblems } from './rules/security.ts';
import { selectorProblems } from './rules/selectors.ts';
import { definitions, settingProblems } from './rules/settings.ts';
import { stateProblems } from './rules/state.ts';

const apps = await definitions();
const good = await render({});

type Loose<T> = { -readonly [Key in keyof T]: T[Key] };
type LoosePod = Loose<PodSpec> & { containers: Loose<Container>[] };

function objectNamed(objects: readonly KubeObject[], kind: string, name: string): Record<string, never> {
  const object = objects.find((each) => each.kind === kind && each.metadata.name === name);
  assert.ok(object, `${kind} ${name}`);
  return object as never;
}

/** The good objects, with a pod of the given component changed. */
function withPod(component: string, change: (spec: LoosePod, container: Loose<Container>) => void): KubeObject[] {
  const objects = structuredClone(good);
  const pod = podsOf(objects).find(({ owner }) => owner.metadata.name === `mail-postroad-${component}`);
  const [container] = pod?.spec.containers ?? [];
  assert.ok(pod && container, component);
  change(pod.spec as LoosePod, container);
  return objects;
}

/** The good objects, with one of them changed. */
function withObject(kind: string, name: string, change: (object: never) => void): KubeObject[] {
  const objects = structuredClone(good);
  change(objectNamed(objects, kind, name) as never);
  return objects;
}

const CASES: [string, string[], RegExp][] = [
  ['root', securityProblems(withPod('mta-mx', (s) => (s.securityContext = {}))), /may run as root/],
  [
    'a capability',
    securityProblems(
      withPod(
        'mta-mx',
        (_, c) => (c.securityContext = { ...c.securityContext, capabilities: { add: ['NET_BIND_SERVICE'] } }),
      ),
    ),
    /capabilities is/,
  ],
  [
    'a writable root of NATS',
    securityProblems(
      withPod('nats', (_, c) => (c.securityContext = { ...c.securityContext, readOnlyRootFilesystem: false })),
    ),
    /nats: readOnlyRootFilesystem/,
  ],
  [
    'a token',
    securityProblems(withPod('ops', (s) => (s.automountServiceAccountToken = true))),
    /service-account token/,
  ],
  [
    'port 25',
    securityProblems(withPod('mta-mx', (_, c) => (c.ports = [{ name: 'smtp', containerPort: 25 }]))),
    /below 1025/,
  ],
  [
    'no readiness',
    lifeProblems(
      withPod('ops', (_, c) => delete c.readinessProbe),
      true,
    ),
    /no readinessProbe/,
  ],
  [
    'a short grace',
    lifeProblems(
      withPod('mda-imap', (s) => (s.terminationGracePeriodSeconds = 30)),
      true,
    ),
    /grace is 30 s, its parts are 45 s/,
  ],
  [
    'a shell',
    lifeProblems(
      withPod('mda-imap', (_, c) => (c.lifecycle = { preStop: { exec: { command: ['sleep', '5'] } } })),
      true,
    ),
    /parts are NaN/,
  ],
  [
    'another component',
    selectorProblems(
      withObject(
        'Service',
        'mail-postroad-mta-mx',
        (o: { spec: { selector: object } }) => (o.spec.selector = { 'app.kubernetes.io/name': 'postroad' }),
      ),
    ),
    /finds 1\d components/,
  ],
  ['a port that is not there', selectorProblems(withPod('mta-mx', (_, c) => (c.ports = []))), /there is no port smtp/],
  [
    'a lost address',
    selectorProblems(
      withObject(
        'Service',
        'mail-postroad-mta-mx-public',
        (o: { spec: { externalTrafficPolicy: string } }) => (o.spec.externalTrafficPolicy = 'Cluster'),
      ),
    ),
    /loses the addresses/,
  ],
  [
    'mail on an emptyDir',
    stateProblems(withPod('mda-imap', (s) => (s.volumes = [{ name: 'mail', emptyDir: {} }]))),
    /mail is local/,
  ],
  [
    'an endless tmp',
    stateProblems(withPod('mda-imap', (s) => (s.volumes = [{ name: 'tmp', emptyDir: {} }]))),
    /tmp has no limit/,
  ],
  [
    'a certificate that stays old',
    stateProblems(
      withPod('mta-mx', (_, c) => (c.volumeMounts = [{ name: 'tls', mountPath: '/x', subPath: 'tls.crt' }])),
    ),
    /tls is mounted by subPath/,
  ],
  [
    'an unknown setting',
    settingProblems(
      withPod('ops', (_, c) => (c.env = [{ name: 'POSTROAD_OPS_COLOUR', value: 'red' }])),
      apps,
    ),
    /COLOUR is no setting/,
  ],
  [
    'a bad setting',
    settingProblems(
      withPod('ops', (_, c) => (c.env = [{ name: 'POSTROAD_OPS_REPLICAS', value: '2' }])),
      apps,
    ),
    /POSTROAD_OPS_REPLICAS/,
  ],
  [
    'no default deny',
    networkProblems(good.filter((o) => o.kind !== 'NetworkPolicy' || !/-(deny|mua-web)$/.test(o.metadata.name))),
    /mua-web: not everything is denied/,
  ],
  [
    'no way to NATS',
    networkProblems(
      withObject(
        'NetworkPolicy',
        'mail-postroad-mta-mx',
        (o: { spec: { egress: unknown[] } }) => (o.spec.egress = o.spec.egress.slice(0, 1)),
      ),
    ),
    /mta-mx may not go to StatefulSet mail-postroad-nats 4222/,
  ],
  [
    'no way in',
    networkProblems(
      withObject('NetworkPolicy', 'mail-postroad-nats', (o: { spec: { ingress: unknown[] } }) => (o.spec.ingress = [])),
    ),
    /nats 8222 does not let Deployment mail-postroad-mta-mx in/,
  ],
  [
    'spam',
    networkProblems(
      withObject('NetworkPolicy', 'mail-postroad-mua-web', (o: { spec: { egress: unknown[] } }) =>
        o.spec.egress.push({ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ protocol: 'TCP', port: 25 }] }),
      ),
    ),
    /mua-web: may reach port 25/,
  ],
  [
    'a wide rule',
    networkProblems(
      withObject('NetworkPolicy', 'mail-postroad-ops', (o: { spec: { egress: unknown[] } }) =>
        o.spec.egress.push({ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }),
      ),
    ),
    /allows every port/,
  ],
  [
    'a wrong name',
    networkProblems(
      withPod(
        'mua-web',
        (_, c) =>
          (c.env = [
            { name: 'A_HOST', value: 'mail-postroad-ops' },
            { name: 'A_PORT', value: '1' },
          ]),
      ),
    ),
    /nothing answers at mail-postroad-ops:1/,
  ],
] as never;

for (const [name, problems, expected] of CASES)
  test(`found: ${name}`, () => assert.match(problems.join('\n'), expected));
