import type { KubeObject } from '../helm.ts';
import { isAgent, type Labels, podsOf, type PodTemplate, selects } from './pods.ts';
import { Policies } from './policies.ts';

/** A place that a pod's settings name. */
interface Place {
  readonly host: string;
  readonly port: number;
}

const WELL_KNOWN: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** Every host:port and URL in the settings of a pod, and pairs of …_HOST and …_PORT. */
function placesOf(pod: PodTemplate): Place[] {
  const env = new Map(
    pod.spec.containers.flatMap((each) => each.env ?? []).map((each) => [each.name, each.value ?? '']),
  );
  const skipped = /_(PUBLIC_ORIGIN|BIND|HEALTH_BIND|OTLP_BIND|PROXY_FROM|LMTP_FROM|TRUSTED_PROXIES)$/;
  return [...env].flatMap(([name, value]) => {
    const port = name.endsWith('_HOST') ? Number(env.get(name.replace(/_HOST$/, '_PORT'))) : NaN;
    if (!Number.isNaN(port)) return [{ host: value, port }];
    if (skipped.test(name)) return [];
    return value.split(',').flatMap((item) => {
      const match = /^(?:[\w-]+=)?(?:(https?):\/\/)?([a-z][\w.-]*)(?::(\d+))?(?:\/.*)?$/.exec(item);
      const [, scheme, host, number] = match ?? [];
      if (host === undefined || (scheme === undefined && number === undefined)) return [];
      return [{ host, port: Number(number ?? WELL_KNOWN[scheme ?? '']) }];
    });
  });
}

interface ServiceSpec {
  readonly selector: Labels;
  readonly ports: readonly { port: number; targetPort: string }[];
}

/** The pod behind a name inside the cluster, and the port of its container. */
function resolve(place: Place, objects: readonly KubeObject[], pods: readonly PodTemplate[]) {
  const [first, second] = place.host.split('.');
  const service = objects.find((o) => o.kind === 'Service' && [first, second].includes(o.metadata.name));
  if (service === undefined) return undefined;
  const spec = service['spec'] as ServiceSpec;
  const pod = pods.find(({ labels }) => selects(spec.selector, labels));
  const target = spec.ports.find(({ port }) => port === place.port)?.targetPort;
  const port = pod?.spec.containers.flatMap((c) => c.ports ?? []).find(({ name }) => name === target)?.containerPort;
  return { pod, port };
}

const usesDatabase = (pod: PodTemplate) =>
  pod.spec.containers.some(({ env }) => env?.some(({ name }) => name.endsWith('_POSTGRES_URL')));

/** Everything is closed but what is used, and what is used is open at both ends. */
export function networkProblems(objects: readonly KubeObject[]): string[] {
  const pods = podsOf(objects);
  const policies = new Policies(objects);
  const problems: string[] = [];
  for (const pod of pods) {
    if (policies.rules(pod, 'ingress') === null || policies.rules(pod, 'egress') === null)
      problems.push(`${pod.name}: not everything is denied at first`);
    if (policies.isWide(pod)) problems.push(`${pod.name}: a rule allows every port or everyone`);
    if (!policies.mayResolve(pod)) problems.push(`${pod.name}: may not ask DNS`);
    for (const port of pod.spec.containers.flatMap(({ ports }) => ports ?? []))
      if (!policies.isOpen(pod, port.containerPort) && !(port.name === 'http' && isAgent(pod)))
        problems.push(`${pod.name}: nobody may come to ${port.name} ${port.containerPort}`);
    const isRelay = pod.labels['app.kubernetes.io/component']?.startsWith('mta-relay-') === true;
    const smartHost = pod.spec.containers.some(({ env }) => env?.some(({ name }) => name.endsWith('_SMART_HOST')));
    if (policies.mayLeave(pod, 25) !== (isRelay && !smartHost))
      problems.push(`${pod.name}: ${isRelay ? 'may not' : 'may'} reach port 25 outside`);
    for (const place of placesOf(pod)) {
      const inside = resolve(place, objects, pods);
      if (inside === undefined) {
        if (!policies.mayLeave(pod, place.port))
          problems.push(`${pod.name}: may not reach ${place.host}:${place.port}`);
      } else if (inside.pod === undefined || inside.port === undefined)
        problems.push(`${pod.name}: nothing answers at ${place.host}:${place.port}`);
      else if (inside.pod !== pod) {
        const refusal = policies.refusal(pod, inside.pod, inside.port);
        if (refusal !== '') problems.push(refusal);
      }
    }
    if (usesDatabase(pod)) problems.push(...databaseProblems(pod, objects, policies));
  }
  return problems;
}

/** The pods of CloudNativePG are its operator's: only our end is ours. */
function databaseProblems(pod: PodTemplate, objects: readonly KubeObject[], policies: Policies): string[] {
  const cluster = objects.find(({ kind }) => kind === 'Cluster');
  if (cluster === undefined) return policies.mayLeave(pod, 5432) ? [] : [`${pod.name}: may not reach PostgreSQL`];
  const labels = { 'cnpg.io/cluster': cluster.metadata.name };
  const open = policies
    .rules(pod, 'egress')
    ?.some((r) => r.to?.some((p) => p.podSelector?.matchLabels && selects(p.podSelector.matchLabels, labels)));
  return open === true ? [] : [`${pod.name}: may not reach ${cluster.metadata.name}`];
}
