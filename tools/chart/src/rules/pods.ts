import type { KubeObject } from '../helm.ts';

export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly { name: string; value?: string; valueFrom?: object }[];
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly lifecycle?: { preStop?: { sleep?: { seconds: number }; exec?: { command: readonly string[] } } };
  readonly volumeMounts?: readonly { name: string; mountPath: string; subPath?: string }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

interface Probe {
  readonly httpGet?: { path: string; port: string | number };
  readonly tcpSocket?: { port: string | number };
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { sizeLimit?: string };
  readonly hostPath?: object;
  readonly persistentVolumeClaim?: { claimName: string };
  readonly secret?: object;
  readonly configMap?: object;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly serviceAccountName?: string;
  readonly topologySpreadConstraints?: readonly { topologyKey: string; labelSelector: Selector }[];
  readonly [key: string]: unknown;
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

export type Labels = Readonly<Record<string, string>>;

/** A pod that the chart starts, or a template of many. */
export interface PodTemplate {
  readonly owner: KubeObject;
  /** `Deployment mail-postroad-ops`. */
  readonly name: string;
  readonly labels: Labels;
  readonly selector: Labels;
  readonly spec: PodSpec;
  /** As written; undefined: something scales it. */
  readonly replicas: number | undefined;
  readonly strategy: string | undefined;
}

/** One of Postroad's own, not of NATS. */
export const isAgent = (pod: PodTemplate): boolean => pod.owner.kind === 'Deployment';

/** Every pod template among the objects. */
export function podsOf(objects: readonly KubeObject[]): PodTemplate[] {
  return objects.flatMap((owner): PodTemplate[] => {
    const name = `${owner.kind} ${owner.metadata.name}`;
    const labels = owner.metadata.labels ?? {};
    if (owner.kind === 'Pod')
      return [{ owner, name, labels, selector: {}, spec: owner['spec'] as PodSpec, replicas: 1, strategy: undefined }];
    if (owner.kind !== 'Deployment' && owner.kind !== 'StatefulSet') return [];
    const spec = owner['spec'] as {
      selector: Selector;
      replicas?: number;
      strategy?: { type: string };
      template: { metadata: { labels: Labels }; spec: PodSpec };
    };
    return [
      {
        ...{ owner, name, labels: spec.template.metadata.labels, selector: spec.selector.matchLabels ?? {} },
        ...{ spec: spec.template.spec, replicas: spec.replicas, strategy: spec.strategy?.type },
      },
    ];
  });
}

/** Whether labels have all that a selector asks for. */
export const selects = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);
