import { commonShape, defineConfig, port, z } from '@postroad/config';

export const opsConfig = defineConfig({
  agent: 'ops',
  summary:
    'Operations: the admin API (api), the postmaster’s console (console), and the store of events and spans (otlp).',
  shape: {
    ...commonShape,
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
  },
});
