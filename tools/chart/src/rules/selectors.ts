import type { KubeObject } from '../helm.ts';
import { type Labels, podsOf, selects } from './pods.ts';

interface ServiceSpec {
  readonly selector: Labels;
  readonly type?: string;
  readonly externalTrafficPolicy?: string;
  readonly ports: readonly { name: string; targetPort: string }[];
}

/** Each selector finds its own pods and no others; each Service finds one component and ports that it has. */
export function selectorProblems(objects: readonly KubeObject[]): string[] {
  const pods = podsOf(objects);
  const found = (selector: Labels) => pods.filter(({ labels }) => selects(selector, labels));
  const problems: string[] = [];
  for (const pod of pods.filter(({ owner }) => owner.kind !== 'Pod')) {
    const others = found(pod.selector).filter((each) => each !== pod);
    if (Object.keys(pod.selector).length === 0 || !selects(pod.selector, pod.labels))
      problems.push(`${pod.name}: does not select its own pods`);
    problems.push(...others.map((each) => `${pod.name}: selects the pods of ${each.name} too`));
    const zones = pod.spec.topologySpreadConstraints?.find((each) => each.topologyKey.endsWith('/zone'));
    if (zones === undefined || !selects(zones.labelSelector.matchLabels ?? {}, pod.labels))
      problems.push(`${pod.name}: is not spread over zones`);
  }
  for (const object of objects) {
    const spec = object['spec'] as ServiceSpec & { selector: { matchLabels: Labels } };
    const name = `${object.kind} ${object.metadata.name}`;
    if (object.kind === 'PodDisruptionBudget' && found(spec.selector.matchLabels).length !== 1)
      problems.push(`${name}: finds ${found(spec.selector.matchLabels).length} components`);
    if (object.kind !== 'Service') continue;
    const [pod, ...more] = found(spec.selector);
    if (pod === undefined || more.length > 0) problems.push(`${name}: finds ${more.length + (pod ? 1 : 0)} components`);
    const names = pod?.spec.containers.flatMap((each) => each.ports ?? []).map((port) => port.name) ?? [];
    for (const { targetPort } of spec.ports)
      if (!names.includes(targetPort)) problems.push(`${name}: there is no port ${targetPort}`);
    if (object.metadata.name.endsWith('-public') && spec.externalTrafficPolicy !== 'Local')
      problems.push(`${name}: loses the addresses of clients`);
  }
  return problems;
}
