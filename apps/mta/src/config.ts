import { DEFAULT_POOL, isPoolName } from '@postroad/bus';
import { commonShape, defineConfig, port, tlsShape, z } from '@postroad/config';

const pool = z.string().refine(isPoolName, 'a pool is called with a-z, 0-9 and -, at most 32 of them');

export const mtaConfig = defineConfig({
  agent: 'mta',
  summary:
    'Message transfer: receives from the world (mx), decides where mail goes (router), sends it on (relay), cleans up (finisher).',
  shape: {
    ...commonShape,
    ...tlsShape,
    mxPort: port(10_025, 'SMTP from the world (25)'),
    mxProxyPort: port(0, 'As mxPort, for proxies (`proxyFrom`) that send a PROXY header; 0: none'),
    postmasterDomain: z
      .string()
      .default('')
      .describe('Domain of `<postmaster>` without one (RFC 5321 §4.5.1); empty: our hostname'),
    maxMessageBytes: z
      .number()
      .int()
      .min(65_536)
      .default(26_214_400)
      .describe('Largest message, announced as SIZE, in bytes'),
    maxConnections: z.number().int().min(1).default(5_000).describe('Connections at once at the mx'),
    maxConnectionsPerAddress: z
      .number()
      .int()
      .min(1)
      .default(100)
      .describe('Connections at once from one address at the mx'),
    relayPool: pool
      .default(DEFAULT_POOL)
      .describe('Source pool of this relay: it sends the mail of domains that name it (`postroad domain set --pool`)'),
    relayPools: z
      .array(pool)
      .default([])
      .describe('Source pools that have relays, beside `default` (for the router); mail of others leaves by `default`'),
    smartHost: z.string().default('').describe('host:port that takes all outgoing mail; empty: by MX'),
    relayPort: port(25, 'Port of other mail servers'),
    relayHosts: z
      .record(z.string(), z.string())
      .default({})
      .describe('Fixed next hops, domain to host:port, instead of MX (for tests and private networks)'),
    dnsServers: z.array(z.string()).default([]).describe('DNS servers for MX lookups; empty: the system’s'),
    relayAllowLoopback: z
      .boolean()
      .default(false)
      .describe('Relay to loopback addresses too (a smart host or fixed hop is always allowed to be one)'),
    unreachableFirstMs: z
      .number()
      .int()
      .min(10)
      .default(60_000)
      .describe('Time for which a destination that cannot be reached is left alone, in ms; doubled up to an hour'),
    relayIpv6: z
      .boolean()
      .default(false)
      .describe('Try IPv6 addresses of other mail servers too: only where ours has a reverse name and a reputation'),
    relayBindAddress: z
      .union([z.literal(''), z.ipv4(), z.ipv6()])
      .default('')
      .describe('Local address of outgoing connections; empty: the system’s choice'),
    relayConnections: z.number().int().min(1).default(100).describe('Outgoing connections at once'),
    relayConnectionsPerDestination: z
      .number()
      .int()
      .min(1)
      .default(20)
      .describe('Outgoing connections at once to one destination'),
    retryFirstMs: z
      .number()
      .int()
      .min(10)
      .default(120_000)
      .describe('Time to the first retry, in ms; doubled with each'),
    retryLongestMs: z.number().int().min(10).default(14_400_000).describe('Longest time between retries, in ms'),
    queueLifetimeMs: z
      .number()
      .int()
      .min(10)
      .default(432_000_000)
      .describe('Time after which undelivered mail goes back, in ms (5 days)'),
    delayNoticeMs: z
      .number()
      .int()
      .min(10)
      .default(14_400_000)
      .describe('Time after which the sender hears of a delay, in ms (4 hours)'),
  },
});
