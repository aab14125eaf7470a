import { commonShape, defineConfig, port, z } from '@postroad/config';

const { hostname, bind, healthBind, healthPort, drainSeconds, otlpEndpoint, tracesPerSecond, logLevel } = commonShape;

export const muaConfig = defineConfig({
  agent: 'mua',
  summary: 'Webmail: a browser on one side, IMAP and SMTP submission on the other; works with any mail server.',
  shape: {
    hostname,
    bind,
    healthBind,
    healthPort,
    drainSeconds,
    otlpEndpoint,
    tracesPerSecond,
    logLevel,
    httpPort: port(18_080, 'HTTP for browsers (8080); put TLS in front of it outside loopback'),
    publicOrigin: z
      .union([z.literal(''), z.url({ protocol: /^https?$/ })])
      .default('')
      .describe('Where browsers reach us, e.g. https://mail.example; with https cookies are Secure and HSTS is sent'),
    trustedProxies: z
      .array(z.string())
      .default([])
      .describe('Addresses and CIDR blocks of proxies whose X-Forwarded-For names the client'),
    imapHost: z.string().default('127.0.0.1').describe('IMAP server'),
    imapPort: port(10_993, 'Its port, TLS from the start (993)'),
    smtpHost: z.string().default('127.0.0.1').describe('Submission server'),
    smtpPort: port(10_465, 'Its port, TLS from the start (465)'),
    tlsCa: z
      .string()
      .default('')
      .describe('PEM file with a certificate authority to trust as well; empty: the usual ones'),
    tlsServername: z
      .string()
      .default('')
      .describe('Name expected in the servers’ certificates; empty: imapHost, smtpHost'),
    maxSessions: z.number().int().min(1).default(5_000).describe('People signed in at once'),
    uploadBudgetMiB: z
      .number()
      .int()
      .min(20)
      .default(256)
      .describe('Memory for attachments that wait to be sent, all sessions together'),
  },
});
