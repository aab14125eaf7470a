import type { KubeObject } from '../helm.ts';
import { type Container, isAgent, podsOf } from './pods.ts';

const SPARE = 10;

function probeProblems(container: Container): string[] {
  return (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).flatMap((kind) => {
    const probe = container[kind];
    if (probe === undefined) return [`no ${kind}`];
    const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
    return container.ports?.some(({ name }) => name === port) === true ? [] : [`${kind} asks port ${port}`];
  });
}

/** Seconds that `preStop` waits. */
function preStopSeconds({ lifecycle }: Container): number {
  const seconds = lifecycle?.preStop?.sleep?.seconds;
  if (seconds !== undefined) return seconds;
  const [node, flag, script] = lifecycle?.preStop?.exec?.command ?? [];
  const match = /^setTimeout\(\(\) => \{\}, (\d+)\)$/.exec(script ?? '');
  return node === 'node' && flag === '-e' && match !== null ? Number(match[1]) / 1_000 : NaN;
}

/** Probes of every container; for agents by /livez and /readyz, and a grace period that is the sum of its parts. */
export function lifeProblems(objects: readonly KubeObject[], nativeSleep: boolean): string[] {
  return podsOf(objects)
    .filter(({ owner }) => owner.kind !== 'Pod')
    .flatMap((pod) => {
      const problems = pod.spec.containers.flatMap(probeProblems);
      const [agent] = pod.spec.containers;
      if (isAgent(pod) && agent !== undefined) {
        if (agent.livenessProbe?.httpGet?.path !== '/livez') problems.push('liveness is not /livez');
        if (agent.readinessProbe?.httpGet?.path !== '/readyz') problems.push('readiness is not /readyz');
        const drain = Number(agent.env?.find(({ name }) => name.endsWith('_DRAIN_SECONDS'))?.value);
        const sum = preStopSeconds(agent) + drain + SPARE;
        const grace = pod.spec.terminationGracePeriodSeconds;
        if (grace !== sum) problems.push(`grace is ${grace} s, its parts are ${sum} s`);
        if ((agent.lifecycle?.preStop?.sleep !== undefined) !== nativeSleep) problems.push('the wrong kind of preStop');
      }
      return problems.map((problem) => `${pod.name}: ${problem}`);
    });
}
