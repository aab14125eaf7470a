import { DEFAULT_LIMITS } from '@postroad/bus';
import { commonShape, defineConfig, port, z } from '@postroad/config';

/** The message that ops sends to itself, to see that mail flows. */
const canaryShape = {
  canaryAddress: z
    .string()
    .default('')
    .describe('Account that sends itself a message now and then, to see that mail flows; its own; empty: none'),
  canaryPassword: z.string().optional().describe('Password of this account'),
  canarySubmission: z.string().default('127.0.0.1:10465').describe('Where it submits, host:port'),
  canaryImap: z.string().default('127.0.0.1:10993').describe('Where it looks for the message, host:port'),
  canaryStartTls: z
    .boolean()
    .default(false)
    .describe('STARTTLS (587 and 143) instead of TLS from the start (465 and 993)'),
  canaryTlsCa: z
    .string()
    .default('')
    .describe('PEM file with a certificate authority for it to trust as well; empty: the usual ones'),
  canaryTlsServername: z
    .string()
    .default('')
    .describe('Name that it expects in both certificates; empty: the hosts above'),
  canarySeconds: z.number().min(1).default(60).describe('Seconds from one message to the next'),
};

export const opsConfig = defineConfig({
  agent: 'ops',
  summary:
    'Operations: the admin API (api), the postmaster’s console (console), and the store of events and spans (otlp).',
  shape: {
    ...commonShape,
    provision: z
      .boolean()
      .default(true)
      .describe('Create the streams and buckets at start, or bring their limits up to date'),
    replicas: z
      .union([z.literal(1), z.literal(3), z.literal(5)])
      .default(1)
      .describe('Copies of each message at the broker; 3 in a cluster'),
    spoolBytes: z
      .number()
      .int()
      .min(1024 ** 2)
      .default(DEFAULT_LIMITS.spoolBytes)
      .describe('Limit of SPOOL, in bytes'),
    recordBytes: z
      .number()
      .int()
      .min(1024 ** 2)
      .default(DEFAULT_LIMITS.recordBytes)
      .describe('Limit of DELIVER and of QUEUE, in bytes'),
    eventBytes: z
      .number()
      .int()
      .min(1024 ** 2)
      .default(DEFAULT_LIMITS.eventBytes)
      .describe('Limit of EVENTS, in bytes'),
    eventAgeDays: z
      .number()
      .min(0.01)
      .default(DEFAULT_LIMITS.eventAgeDays)
      .describe('Days that events stay in their stream'),
    httpPort: port(10_090, 'Admin API, console, /readyz, /livez and /metrics'),
    otlpPort: port(14_318, 'OTLP/HTTP receiver for spans'),
    otlpBind: z.string().default('127.0.0.1').describe('Address the OTLP receiver listens on: it asks for no token'),
    tokenFile: z
      .string()
      .default('.postroad/ops-token')
      .describe('File with the token of API and console; made (mode 0600) when it is missing'),
    storeDir: z.string().default('.postroad/ops').describe('Directory of events and spans; one ops process at a time'),
    storeBytes: z
      .number()
      .int()
      .min(8 * 1024 ** 2)
      .default(1024 ** 3)
      .describe('Octets of events and spans that are kept; the oldest go first'),
    storeDays: z.number().min(0.01).default(30).describe('Days that events and spans are kept'),
    agents: z.array(z.string()).default([]).describe('Health addresses of the other agents, name=http://host:port'),
    secureCookies: z
      .boolean()
      .default(false)
      .describe('Sign-in cookies only over TLS: set it when a proxy in front of the console terminates TLS'),
    ...canaryShape,
  },
});
