import type { KubeObject } from '../helm.ts';
import { type Labels, type PodTemplate, selects } from './pods.ts';

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { key: string; operator: string; values: readonly string[] }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { cidr: string };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { protocol: string; port: number }[];
}

interface Policy {
  readonly podSelector: Selector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

function matches(selector: Selector, labels: Labels): boolean {
  const listed = (selector.matchExpressions ?? []).every(
    ({ key, operator, values }) => operator === 'In' && values.includes(labels[key] ?? ''),
  );
  return listed && selects(selector.matchLabels ?? {}, labels);
}

const isPod = (peer: Peer, pod: PodTemplate) =>
  peer.podSelector !== undefined && peer.namespaceSelector === undefined && matches(peer.podSelector, pod.labels);

const hasPort = (rule: Rule, port: number, protocol = 'TCP') =>
  rule.ports === undefined || rule.ports.some((each) => each.port === port && each.protocol === protocol);

/** What the NetworkPolicies say, as a network plugin would apply them. */
export class Policies {
  readonly #policies: readonly Policy[];

  constructor(objects: readonly KubeObject[]) {
    this.#policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').map((o) => o['spec'] as Policy);
  }

  /** Rules of one direction for a pod; null when no policy closes that direction. */
  rules(pod: PodTemplate, direction: 'ingress' | 'egress'): Rule[] | null {
    const type = direction === 'ingress' ? 'Ingress' : 'Egress';
    const own = this.#policies.filter(
      (each) => matches(each.podSelector, pod.labels) && each.policyTypes.includes(type),
    );
    return own.length === 0 ? null : own.flatMap((each) => each[direction] ?? []);
  }

  /** Whether a connection from pod to pod passes, both ways of looking at it: an empty string, or what is missing. */
  refusal(client: PodTemplate, server: PodTemplate, port: number): string {
    const out = this.rules(client, 'egress')?.some((r) => hasPort(r, port) && r.to?.some((p) => isPod(p, server)));
    const into = this.rules(server, 'ingress')?.some((r) => hasPort(r, port) && r.from?.some((p) => isPod(p, client)));
    if (out !== true) return `${client.name} may not go to ${server.name} ${port}`;
    return into === true ? '' : `${server.name} ${port} does not let ${client.name} in`;
  }

  /** Whether anyone may come to a port. */
  isOpen = (pod: PodTemplate, port: number): boolean =>
    this.rules(pod, 'ingress')?.some((rule) => hasPort(rule, port) && (rule.from?.length ?? 0) > 0) === true;

  /** Whether the pod may go to addresses outside, at a port. */
  mayLeave = (pod: PodTemplate, port: number): boolean =>
    this.rules(pod, 'egress')?.some((rule) => hasPort(rule, port) && rule.to?.some((p) => p.ipBlock !== undefined)) ===
    true;

  /** Whether the pod may ask DNS, by UDP and TCP. */
  mayResolve = (pod: PodTemplate): boolean =>
    ['UDP', 'TCP'].every((protocol) => this.rules(pod, 'egress')?.some((rule) => hasPort(rule, 53, protocol)) === true);

  /** Rules that allow every port or every peer. */
  isWide = (pod: PodTemplate): boolean =>
    (['ingress', 'egress'] as const).some((direction) =>
      this.rules(pod, direction)?.some((r) => r.ports === undefined || (r.from ?? r.to ?? []).length === 0),
    );
}
