import type { KubeObject } from '../helm.ts';
import { type Labels, podsOf, selects } from './pods.ts';
import { Policies } from './policies.ts';

interface PodMonitorSpec {
  readonly selector: { readonly matchLabels: Labels };
  readonly podMetricsEndpoints: readonly { port: string; relabelings?: readonly { targetLabel: string }[] }[];
}

/** Ports of a pod that give metrics. */
const PORTS = ['health', 'metrics'];

/** Where there are PodMonitors, every port with metrics is read once, is let through to, and has the label `role`. */
export function monitoringProblems(objects: readonly KubeObject[]): string[] {
  const monitors = objects.filter(({ kind }) => kind === 'PodMonitor');
  if (monitors.length === 0) return [];
  const pods = podsOf(objects);
  const policies = new Policies(objects);
  const problems: string[] = [];
  const read = new Map<string, number>();
  for (const monitor of monitors) {
    const { selector, podMetricsEndpoints } = monitor['spec'] as PodMonitorSpec;
    const found = pods.filter(({ labels }) => selects(selector.matchLabels, labels));
    if (found.length === 0) problems.push(`PodMonitor ${monitor.metadata.name}: finds no pod`);
    for (const { port, relabelings = [] } of podMetricsEndpoints) {
      if (!relabelings.some(({ targetLabel }) => targetLabel === 'role'))
        problems.push(`PodMonitor ${monitor.metadata.name}: sets no role`);
      for (const pod of found) {
        const ports = pod.spec.containers.flatMap((each) => each.ports ?? []);
        const number = ports.find(({ name }) => name === port)?.containerPort;
        if (number === undefined) problems.push(`${pod.name}: has no port ${port}`);
        else if (!policies.isOpen(pod, number)) problems.push(`${pod.name}: Prometheus may not come to ${port}`);
        read.set(`${pod.name} ${port}`, (read.get(`${pod.name} ${port}`) ?? 0) + 1);
      }
    }
  }
  for (const pod of pods)
    for (const { name } of pod.spec.containers.flatMap((each) => each.ports ?? []))
      if (PORTS.includes(name) && read.get(`${pod.name} ${name}`) !== 1)
        problems.push(`${pod.name}: ${name} is read ${read.get(`${pod.name} ${name}`) ?? 0} times`);
  return problems;
}
