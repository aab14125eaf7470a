import type { KubeObject } from '../helm.ts';
import { type Container, podsOf } from './pods.ts';

const text = (value: unknown) => JSON.stringify(value);

/** What the restricted Pod Security Standard asks of a container, and more: a fixed user and a read-only root. */
const CONTAINER = {
  runAsNonRoot: true,
  runAsUser: 10_001,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

function containerProblems(where: string, container: Container): string[] {
  const context = container.securityContext ?? {};
  const problems = Object.entries(CONTAINER)
    .filter(([key, value]) => text(context[key]) !== text(value))
    .map(([key]) => `${key} is ${text(context[key])}`);
  const extra = Object.keys(context).filter((key) => !(key in CONTAINER));
  const low = (container.ports ?? []).filter(({ containerPort }) => containerPort <= 1024);
  return [
    ...problems,
    ...extra.map((key) => `${key} is set`),
    ...low.map(({ containerPort }) => `listens on ${containerPort}, below 1025`),
    ...(container.resources?.requests?.['memory'] === undefined ? ['no memory is requested'] : []),
    ...(container.resources?.limits?.['memory'] === undefined ? ['memory has no limit'] : []),
  ].map((problem) => `${where} ${container.name}: ${problem}`);
}

/** Every pod is restricted, and none has a token of the API server. */
export function securityProblems(objects: readonly KubeObject[]): string[] {
  return podsOf(objects).flatMap(({ name, spec }) => {
    const problems = [...spec.containers, ...(spec.initContainers ?? [])].flatMap((each) =>
      containerProblems(name, each),
    );
    const context = spec.securityContext ?? {};
    if (context['runAsNonRoot'] !== true || context['runAsUser'] !== 10_001) problems.push(`${name}: may run as root`);
    if (text(context['seccompProfile']) !== '{"type":"RuntimeDefault"}') problems.push(`${name}: no seccomp profile`);
    if (spec.automountServiceAccountToken !== false) problems.push(`${name}: gets a service-account token`);
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC'])
      if (spec[key] !== undefined) problems.push(`${name}: ${key}`);
    const account = objects.find((o) => o.kind === 'ServiceAccount' && o.metadata.name === spec.serviceAccountName);
    if (spec.serviceAccountName !== undefined && account?.['automountServiceAccountToken'] !== false)
      problems.push(`${name}: its ServiceAccount is missing or mounts tokens`);
    return problems;
  });
}
