import type { Agent } from '@postroad/bus';
import { type RoleName, ROLES } from './roles.ts';
import type { Stores } from './stores.ts';

/** Where the containers find what is mounted. */
export const MOUNTS = { certs: '/certs', ops: '/var/lib/postroad/ops' } as const;
export const TOKEN_FILE = `${MOUNTS.ops}/token`;

/** What every container of a cluster is told. */
export interface ClusterFacts {
  readonly domain: string;
  /** Domain whose mail is relayed to `sinkPort` of this machine. */
  readonly elsewhere: string;
  readonly sinkPort: number;
  readonly stores: Stores;
  /** Ports of the services, by role and door. */
  readonly doors: Readonly<Record<RoleName, Readonly<Record<string, number>>>>;
}

/** Settings of one instance as environment variables; `own` are its ports by door. Each agent gets only its own password. */
export function settingsOf(
  name: RoleName,
  instance: string,
  own: Readonly<Record<string, number>>,
  facts: ClusterFacts,
): Record<string, string> {
  const { agent, doors } = ROLES[name];
  const { broker, passwords } = facts.stores;
  const ports = Object.entries(doors).map(([door, setting]) => [setting, String(own[door])] as const);
  const values: Record<string, string> = { ...Object.fromEntries(ports), ...ofAgent(name, facts) };
  const prefix = `POSTROAD_${agent.toUpperCase()}_`;
  const bus = (user: Agent) => ({
    POSTROAD_INSTANCE: instance,
    POSTROAD_NATS_SERVERS: broker.servers.join(','),
    POSTROAD_NATS_MONITORS: broker.monitors.join(','),
    POSTROAD_NATS_PASSWORD: passwords[user],
  });
  const tls = { POSTROAD_TLS_CERT: `${MOUNTS.certs}/cert.pem`, POSTROAD_TLS_KEY: `${MOUNTS.certs}/key.pem` };
  return {
    POSTROAD_HOSTNAME: `mail.${facts.domain}`,
    POSTROAD_HEALTH_PORT: String(own['health']),
    POSTROAD_OTLP_ENDPOINT: `http://127.0.0.1:${facts.doors.ops['otlp']}`,
    ...(agent === 'mua' ? {} : bus(agent)),
    ...(agent === 'mua' || agent === 'ops' ? {} : tls),
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value])),
  };
}

function ofAgent(name: RoleName, facts: ClusterFacts): Record<string, string> {
  const { stores, doors } = facts;
  switch (ROLES[name].agent) {
    case 'ops': {
      const health = Object.entries(doors).filter(([other]) => other !== 'ops');
      return {
        TOKEN_FILE,
        STORE_DIR: `${MOUNTS.ops}/store`,
        REPLICAS: String(stores.broker.size),
        SPOOL_BYTES: String(1 << 30),
        RECORD_BYTES: String(256 << 20),
        EVENT_BYTES: String(256 << 20),
        AGENTS: health.map(([role, own]) => `${role}=http://127.0.0.1:${own['health']}`).join(','),
      };
    }
    case 'mta':
      return {
        POSTMASTER_DOMAIN: facts.domain,
        RELAY_HOSTS: JSON.stringify({ [facts.elsewhere]: `127.0.0.1:${facts.sinkPort}` }),
      };
    case 'mda':
      return {
        STORE: 'postgres',
        POSTGRES_URL: stores.database,
        S3_ENDPOINT: stores.s3.endpoint,
        S3_REGION: stores.s3.region,
        S3_BUCKET: stores.s3.bucket,
        S3_ACCESS_KEY_ID: stores.s3.accessKeyId,
        S3_SECRET_ACCESS_KEY: stores.s3.secretAccessKey,
        // So that the large message of the check goes to S3.
        INLINE_LIMIT: String(16 << 10),
      };
    case 'mua':
      return {
        IMAP_HOST: '127.0.0.1',
        IMAP_PORT: String(doors['mda/imap']['imaps']),
        SMTP_HOST: '127.0.0.1',
        SMTP_PORT: String(doors['msa/smtp']['submissions']),
        TLS_CA: `${MOUNTS.certs}/cert.pem`,
      };
    case 'msa':
      return {};
  }
}
