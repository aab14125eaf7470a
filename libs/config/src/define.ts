import { z } from 'zod';

/** Settings of one agent: names in camelCase, each a zod schema with a default and a `.describe()`d meaning. */
export interface ConfigDefinition<Shape extends z.ZodRawShape> {
  /** `msa`, `mta` …: `postroad-<agent>`. */
  readonly agent: string;
  /** One paragraph for `--help` and the reference page. */
  readonly summary: string;
  readonly shape: Shape;
}

export type ConfigOf<D extends ConfigDefinition<z.ZodRawShape>> = z.infer<z.ZodObject<D['shape']>>;

export function defineConfig<Shape extends z.ZodRawShape>(
  definition: ConfigDefinition<Shape>,
): ConfigDefinition<Shape> {
  return definition;
}

/** `smtpPort` of the msa is read from POSTROAD_MSA_SMTP_PORT, then from POSTROAD_SMTP_PORT. */
export function variableNames(agent: string, key: string): [string, string] {
  const upper = key.replaceAll(/([A-Z])/g, '_$1').toUpperCase();
  return [`POSTROAD_${agent.toUpperCase()}_${upper}`, `POSTROAD_${upper}`];
}

/** What every agent is told. */
export const commonShape = {
  hostname: z
    .string()
    .min(1)
    .max(253)
    .default('localhost')
    .describe('Our name: in greetings, EHLO, Received fields and notifications'),
  instance: z
    .string()
    .default('')
    .describe(
      'Name of this process that no other living one has and that stays over restarts (pod name of a StatefulSet); empty: a random one',
    ),
  bind: z.string().default('127.0.0.1').describe('Address to listen on; `::` for every interface, IPv4 and IPv6'),
  healthBind: z
    .string()
    .default('127.0.0.1')
    .describe('Address of /readyz, /livez and /metrics: they ask for no password'),
  healthPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('Port of /readyz, /livez and /metrics; 0: any free one'),
  natsServers: z.array(z.string()).min(1).default(['127.0.0.1:14222']).describe('NATS servers, host:port'),
  natsMonitors: z
    .array(z.string())
    .default(['http://127.0.0.1:14223'])
    .describe('Monitoring addresses of the NATS servers, where sync_interval is checked'),
  natsPassword: z.string().optional().describe('Password of this agent at NATS (its user is the agent’s name)'),
  natsTlsCa: z
    .string()
    .default('')
    .describe(
      'PEM file with the authority of the NATS servers (and of https monitors): TLS is then required; empty: plain',
    ),
  natsTlsCert: z.string().default('').describe('PEM file with our certificate for NATS (mTLS); empty: none'),
  natsTlsKey: z.string().default('').describe('PEM file with its key'),
  durability: z
    .enum(['synced', 'replicated', 'relaxed'])
    .default('synced')
    .describe('What a 250 promises: on disk; in the memory of a majority; in the memory of one server'),
  drainSeconds: z
    .number()
    .int()
    .min(1)
    .default(25)
    .describe(
      'Seconds that sessions and transactions may take after SIGTERM before they are cut; the process ends then',
    ),
  otlpEndpoint: z
    .string()
    .default('')
    .describe('OTLP/HTTP collector, e.g. http://127.0.0.1:14318; empty: spans are not sent'),
  tracesPerSecond: z
    .number()
    .min(0)
    .default(50)
    .describe('New traces a second that are recorded; events are always recorded'),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('Least severity that is logged'),
};

/** Certificates for the doors that speak TLS. */
export const tlsShape = {
  tlsCert: z
    .array(z.string())
    .default([])
    .describe('PEM files with certificate chains; the first answers clients that name no domain'),
  tlsKey: z.array(z.string()).default([]).describe('PEM files with the keys, in the order of tlsCert'),
  proxyFrom: z
    .array(z.string())
    .default([])
    .describe(
      'Addresses and CIDR blocks of proxies that send PROXY protocol headers: on the PROXY ports; without such ports, on the plain ones',
    ),
};

export const port = (value: number, meaning: string) =>
  z.number().int().min(0).max(65_535).default(value).describe(meaning);
