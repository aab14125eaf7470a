import { commonShape, defineConfig, port, tlsShape, z } from '@postroad/config';

export const msaConfig = defineConfig({
  agent: 'msa',
  summary: 'Message submission: takes mail from authenticated users (RFC 6409) and puts it in the spool.',
  shape: {
    ...commonShape,
    ...tlsShape,
    submissionPort: port(10_587, 'Submission with STARTTLS (587)'),
    submissionsPort: port(10_465, 'Submission with TLS from the start (465)'),
    submissionProxyPort: port(0, 'As submissionPort, for proxies (`proxyFrom`) that send a PROXY header; 0: none'),
    submissionsProxyPort: port(0, 'As submissionsPort, for proxies (`proxyFrom`) that send a PROXY header; 0: none'),
    maxMessageBytes: z
      .number()
      .int()
      .min(65_536)
      .default(26_214_400)
      .describe('Largest message, announced as SIZE, in bytes'),
    maxConnections: z.number().int().min(1).default(5_000).describe('Connections at once'),
    maxConnectionsPerAddress: z.number().int().min(1).default(100).describe('Connections at once from one address'),
  },
});
