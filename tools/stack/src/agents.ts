import { join } from 'node:path';
import { MALLOC, REPOSITORY } from '@postroad/testkit';
import type { CertificatePaths } from './certificates.ts';
import { Child } from './child.ts';
import type { Home } from './home.ts';
import type { Ports } from './ports.ts';

export type AgentName = 'msa' | 'mta' | 'mda' | 'mua' | 'ops';
export const ALL_AGENTS: readonly AgentName[] = ['ops', 'mda', 'mta', 'msa', 'mua'];

export interface AgentSettings {
  readonly hostname: string;
  readonly domain: string;
  readonly brokers: number;
  readonly durability: 'synced' | 'relaxed';
  readonly certificate: CertificatePaths;
  /** Further settings, by environment variable. */
  readonly env: Readonly<Record<string, string>>;
  /** Command each agent runs under, e.g. strace. */
  readonly wrapper?: Partial<Record<AgentName, readonly string[]>>;
}

/** Settings of one agent as environment variables; each agent gets only its own password. */
function environment(
  name: AgentName,
  home: Home,
  ports: Ports,
  settings: AgentSettings,
  index: number,
): Record<string, string> {
  const indexes = Array.from({ length: settings.brokers }, (_, i) => i);
  const { certificate } = settings;
  const secrets = home.secrets();
  const common = {
    ...MALLOC,
    POSTROAD_HOSTNAME: settings.hostname,
    // The supervisor never runs two of a name.
    POSTROAD_INSTANCE: nameOf(name, index),
    POSTROAD_NATS_SERVERS: indexes.map((i) => `127.0.0.1:${ports.nats(i)[0]}`).join(','),
    POSTROAD_NATS_MONITORS: indexes.map((i) => `http://127.0.0.1:${ports.nats(i)[1]}`).join(','),
    POSTROAD_DURABILITY: settings.durability,
    POSTROAD_OTLP_ENDPOINT: `http://127.0.0.1:${ports.otlp}`,
    POSTROAD_TLS_CERT: certificate.cert,
    POSTROAD_TLS_KEY: certificate.key,
    ...(name === 'mua' ? {} : { POSTROAD_NATS_PASSWORD: secrets.nats[name] }),
  };
  const own: Record<AgentName, Record<string, string>> = {
    msa: {
      SUBMISSION_PORT: `${ports.submission}`,
      SUBMISSIONS_PORT: `${ports.submissions}`,
      HEALTH_PORT: `${ports.health.msa}`,
    },
    mta: { MX_PORT: `${ports.mx}`, POSTMASTER_DOMAIN: settings.domain, HEALTH_PORT: `${ports.health.mta}` },
    mda: {
      IMAP_PORT: `${ports.mda(index).imap}`,
      IMAPS_PORT: `${ports.mda(index).imaps}`,
      LMTP_PORT: `${ports.mda(index).lmtp}`,
      STORE_DIR: home.path('mail'),
      ADMIN_SECRET_FILE: home.path('imap-admin-secret'),
      HEALTH_PORT: `${ports.mda(index).health}`,
    },
    mua: {
      HTTP_PORT: `${ports.webmail}`,
      HEALTH_PORT: `${ports.health.mua}`,
      IMAP_HOST: '127.0.0.1',
      IMAP_PORT: `${ports.imaps}`,
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: `${ports.submissions}`,
      TLS_CA: certificate.ca,
    },
    ops: {
      HTTP_PORT: `${ports.ops}`,
      OTLP_PORT: `${ports.otlp}`,
      // The stack has done it, with its own limits.
      PROVISION: 'false',
      TOKEN_FILE: home.path('ops-token'),
      STORE_DIR: home.path('ops'),
      AGENTS: (['msa', 'mta', 'mda', 'mua'] as const).map((a) => `${a}=http://127.0.0.1:${ports.health[a]}`).join(','),
    },
  };
  const prefixed = Object.entries(own[name]).map(([key, value]) => [`POSTROAD_${name.toUpperCase()}_${key}`, value]);
  return { ...common, ...(Object.fromEntries(prefixed) as Record<string, string>), ...settings.env };
}

/** The first of a kind has the agent's name, the others a number. */
const nameOf = (name: AgentName, index: number) => (index === 0 ? name : `${name}-${index + 1}`);

export function agentChild(
  name: AgentName,
  home: Home,
  ports: Ports,
  settings: AgentSettings,
  onCrash: (name: string, code: number | null) => void,
  index = 0,
): Child {
  const health = name === 'ops' ? ports.ops : name === 'mda' ? ports.mda(index).health : ports.health[name];
  return new Child({
    name: nameOf(name, index),
    command: [...(settings.wrapper?.[name] ?? []), process.execPath, join(REPOSITORY, 'apps', name, 'src', 'main.ts')],
    env: {
      ...environment(name, home, ports, settings, index),
      // Under a wrapper our child is the wrapper, not the agent.
      ...(settings.wrapper?.[name] === undefined ? { POSTROAD_PARENT: `${process.pid}` } : {}),
    },
    log: home.path('logs', `${nameOf(name, index)}.log`),
    readyUrl: `http://127.0.0.1:${health}/readyz`,
    onCrash,
  });
}
