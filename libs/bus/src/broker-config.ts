import { AGENTS, type Agent, permissionsOf } from './permissions.ts';

export interface BrokerConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly storeDir: string;
  /** Where it writes its process id. */
  readonly pidFile?: string;
  /** `always`: every acknowledgement follows an fsync. `lazy` (the server's default) is for tests and `relaxed` only. */
  readonly sync: 'always' | 'lazy';
  /** A password for each agent; absent: no authentication (tests of the bare broker). */
  readonly passwords?: Readonly<Record<Agent, string>>;
  /** PEM files: clients must speak TLS and show a certificate of `ca`; monitoring is https. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly maxStorageBytes?: number;
  readonly cluster?: { readonly name: string; readonly port: number; readonly routes: readonly string[] };
}

const quoted = (text: string) => JSON.stringify(text);
const list = (items: readonly string[]) => `[${items.map(quoted).join(', ')}]`;

function user(agent: Agent, password: string): string {
  const { publish, subscribe } = permissionsOf(agent);
  return `  { user: ${agent}, password: ${quoted(password)}, permissions: {
      publish: { allow: ${list(publish)} },
      subscribe: { allow: ${list(subscribe)} } } }`;
}

/** The configuration file of one nats-server (≥ 2.12), as `npm start`, the tests and deploy/nats use it. */
export function renderBrokerConfig(config: BrokerConfig): string {
  const { passwords, cluster } = config;
  const parts = [
    `server_name: ${quoted(config.name)}`,
    `listen: ${quoted(`${config.host}:${config.port}`)}`,
    `${config.tls === undefined ? 'http' : 'https'}: ${quoted(`${config.host}:${config.monitorPort}`)}`,
    ...(config.pidFile === undefined ? [] : [`pid_file: ${quoted(config.pidFile)}`]),
    // A head carries up to 128 KiB of content, a chunk 256 KiB; the limit counts headers too.
    'max_payload: 1MB',
    'max_pending: 64MB',
    `jetstream: {
  store_dir: ${quoted(config.storeDir)}
${config.sync === 'always' ? '  sync_interval: always\n' : ''}${config.maxStorageBytes === undefined ? '' : `  max_file_store: ${config.maxStorageBytes}\n`}}`,
  ];
  if (config.tls !== undefined)
    parts.push(`tls: {
  cert_file: ${quoted(config.tls.cert)}
  key_file: ${quoted(config.tls.key)}
  ca_file: ${quoted(config.tls.ca)}
  verify: true
}`);
  if (cluster !== undefined)
    parts.push(`cluster: {
  name: ${quoted(cluster.name)}
  listen: ${quoted(`${config.host}:${cluster.port}`)}
  routes: ${list(cluster.routes)}
}`);
  if (passwords !== undefined)
    parts.push(
      `authorization: {\n users: [\n${AGENTS.map((agent) => user(agent, passwords[agent])).join(',\n')}\n ]\n}`,
    );
  return `${parts.join('\n')}\n`;
}
