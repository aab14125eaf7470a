import { z } from '@postroad/config';
import { cidr, choice, count, flag, group, labels, placement, resources, tcpPort, text } from './shapes.ts';

const keyOf = (kind: string) =>
  z
    .strictObject({ name: z.string().min(1), key: z.string().min(1), optional: z.boolean().optional() })
    .optional()
    .describe(`One key of a ${kind}`);

const extraEnv = z
  .array(
    z.strictObject({
      name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
      value: z.string().optional(),
      valueFrom: z.strictObject({ secretKeyRef: keyOf('Secret'), configMapKeyRef: keyOf('ConfigMap') }).optional(),
    }),
  )
  .default([])
  .describe('More settings (docs/config.md), by value or from a Secret or ConfigMap');

const egress = z
  .array(z.strictObject({ cidr, port: z.number().int().min(1).max(65_535) }))
  .default([])
  .describe('More destinations that these pods may reach, each one block and one TCP port');

/** What a component of which several may run is told about scaling. `target` is its own signal's value for one pod. */
interface Scaling {
  readonly least: number;
  readonly most: number;
  /** Scaled only when asked for. */
  readonly off?: boolean;
  readonly target?: { readonly value: number; readonly meaning: string };
}

const autoscaling = ({ least, most, off, target }: Scaling) =>
  group(
    {
      enabled: flag(off !== true, 'Scale this component when autoscaling.kind is not none'),
      minReplicas: count(least, 'Never fewer pods', 1),
      maxReplicas: count(most, 'Never more pods', 1),
      targetCPU: count(70, 'Processor use, in per cent of the request, that one pod should have', 1),
      ...(target !== undefined && { target: count(target.value, target.meaning, 1) }),
    },
    'How far it scales',
  );

interface Sizes {
  readonly replicas: number;
  readonly resources: readonly [cpu: string, memory: string, limit: string];
  readonly scaling?: Scaling;
}

/** Values that every component has, with its own defaults. */
export const component = (sizes: Sizes) => ({
  replicas: count(sizes.replicas, 'Pods, when nothing scales them'),
  resources: resources(...sizes.resources),
  ...(sizes.scaling !== undefined && { autoscaling: autoscaling(sizes.scaling) }),
  ...(sizes.scaling !== undefined && {
    pdb: group(
      {
        enabled: flag(true, 'Make a PodDisruptionBudget'),
        maxUnavailable: count(1, 'Pods that may be away at once', 1),
      },
      'What a drain of a node may take away',
    ),
  }),
  zoneSpread: choice(['ScheduleAnyway', 'DoNotSchedule'], 'Whether a pod that would be uneven over zones starts'),
  ...placement,
  extraEnv,
  egress,
});

/** The Service by which the world comes in. Each port is the well-known one, before a container port above 1024. */
export const publicService = (ports: Readonly<Record<string, number>>) =>
  group(
    {
      enabled: flag(true, 'Make the Service'),
      type: choice(['LoadBalancer', 'NodePort', 'ClusterIP'], 'Type of the Service'),
      externalTrafficPolicy: choice(['Local', 'Cluster'], 'Local keeps the address of the client; Cluster loses it'),
      annotations: labels('Annotations, e.g. for the load balancer'),
      loadBalancerClass: text('', 'Class of load balancer; empty: the usual one'),
      ports: group(
        Object.fromEntries(Object.entries(ports).map(([name, value]) => [name, tcpPort(value, `Port of ${name}`)])),
        'Ports of the Service',
      ),
    },
    'The Service by which clients come in',
  );
