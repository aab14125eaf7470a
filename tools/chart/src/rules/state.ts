import type { KubeObject } from '../helm.ts';
import { podsOf, type Volume } from './pods.ts';

/** Where a local volume may be, and only for scratch: bounded, so that it cannot fill the node. */
const SCRATCH = new Set(['tmp', 'run']);

const isLocal = (volume: Volume) =>
  volume.hostPath !== undefined || volume.persistentVolumeClaim !== undefined || volume.emptyDir !== undefined;

/** No mail on a volume where there may be a second pod; a pod with a volume is replaced, never doubled; whole secrets. */
export function stateProblems(objects: readonly KubeObject[]): string[] {
  const scaled = new Set(
    objects
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject')
      .map((object) => (object['spec'] as { scaleTargetRef: { name: string } }).scaleTargetRef.name),
  );
  return podsOf(objects)
    .filter(({ owner }) => owner.kind === 'Deployment')
    .flatMap((pod) => {
      const isScaled = scaled.has(pod.owner.metadata.name);
      const problems: string[] = [];
      if (isScaled !== (pod.replicas === undefined)) problems.push('replicas and a scaler, or neither');
      for (const volume of (pod.spec.volumes ?? []).filter(isLocal)) {
        if (SCRATCH.has(volume.name)) {
          if (volume.emptyDir?.sizeLimit === undefined) problems.push(`${volume.name} has no limit`);
        } else if (isScaled || pod.strategy !== 'Recreate' || pod.replicas !== 1)
          problems.push(`${volume.name} is local, and there may be more pods than one`);
      }
      // A file mounted by subPath never changes in a running pod: a renewed certificate would not be seen.
      for (const { name, subPath } of pod.spec.containers.flatMap(({ volumeMounts }) => volumeMounts ?? []))
        if (subPath !== undefined) problems.push(`${name} is mounted by subPath`);
      return problems.map((problem) => `${pod.name}: ${problem}`);
    });
}
