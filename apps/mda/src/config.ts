import { commonShape, type ConfigOf, defineConfig, port, tlsShape, z } from '@postroad/config';

const RULE = /^[^=]+=\d+$/;

/** Where mail is kept. */
const storeShape = {
  store: z
    .enum(['sqlite', 'postgres'])
    .default('sqlite')
    .describe('`sqlite`: embedded, one mda process; `postgres`: shared, any number of them'),
  storeDir: z
    .string()
    .default('.postroad/mail')
    .describe('Directory of the sqlite mailbox store; one mda process at a time'),
  postgresUrl: z
    .string()
    .default('')
    .describe('PostgreSQL ≥ 15, `postgres://user:password@host/database`; needs the extension pg_trgm'),
  postgresConnections: z.number().int().min(2).default(10).describe('Connections to PostgreSQL of one process'),
  s3Endpoint: z
    .string()
    .default('')
    .describe('S3-compatible storage of contents above `inlineLimit`; empty: they stay in PostgreSQL'),
  s3Region: z.string().default('us-east-1').describe('Region of the bucket'),
  s3Bucket: z.string().default('postroad').describe('The bucket; it must exist'),
  s3Prefix: z.string().default('').describe('In front of every key'),
  s3PathStyle: z.boolean().default(true).describe('The bucket is part of the path, not of the host name'),
  s3AccessKeyId: z.string().default('').describe('Key id for S3'),
  s3SecretAccessKey: z.string().optional().describe('Secret key for S3'),
  inlineLimit: z
    .number()
    .int()
    .min(0)
    .default(128 << 10)
    .describe('Contents up to so many octets are kept in the database'),
};

/** What happens to mail that is in the way. */
const policyShape = {
  overQuota: z
    .enum(['defer', 'refuse'])
    .default('defer')
    .describe('A mailbox that is full: try again for five days (4.2.2), or send it back at once (5.2.2)'),
  undeleteDays: z
    .number()
    .min(0)
    .default(14)
    .describe('Days in which deleted mail can be brought back (`postroad mailbox restore`)'),
  retention: z
    .array(z.string().regex(RULE, 'say it like Trash=30'))
    .default([])
    .describe('Days after which messages leave a folder, `Trash=30`'),
};

/** Who may sign in other than by password. */
const accessShape = {
  adminSecretFile: z
    .string()
    .default('')
    .describe('File whose content lets `postroad-admin` act for any account over IMAP (SASL PLAIN); empty: nobody'),
  oauthIssuer: z
    .string()
    .default('')
    .describe('Issuer of tokens for OAUTHBEARER and XOAUTH2; empty: neither is offered'),
  oauthJwksUri: z.string().default('').describe('Keys of the issuer: tokens are JWTs'),
  oauthIntrospectionUri: z.string().default('').describe('Where the issuer is asked about tokens (RFC 7662)'),
  oauthClientId: z.string().default('').describe('Our name at the introspection endpoint'),
  oauthClientSecret: z.string().optional().describe('Our secret there'),
  oauthAudience: z.string().default('').describe('Audience that tokens must name'),
  oauthScope: z.string().default('').describe('Scope that tokens must have'),
  oauthUserClaim: z.string().default('email').describe('Claim that holds the address of the user'),
};

export const mdaConfig = defineConfig({
  agent: 'mda',
  summary: 'Message delivery: files mail in mailboxes (deliver, lmtp) and serves them over IMAP (imap).',
  shape: {
    ...commonShape,
    ...tlsShape,
    imapPort: port(10_143, 'IMAP with STARTTLS (143)'),
    imapsPort: port(10_993, 'IMAP with TLS from the start (993)'),
    imapProxyPort: port(0, 'As imapPort, for proxies (`proxyFrom`) that send a PROXY header; 0: none'),
    imapsProxyPort: port(0, 'As imapsPort, for proxies (`proxyFrom`) that send a PROXY header; 0: none'),
    lmtpPort: port(10_024, 'LMTP (24) for other MTAs'),
    lmtpFrom: z
      .array(z.string())
      .default(['127.0.0.0/8', '::1'])
      .describe('Hosts that may deliver over LMTP; nobody authenticates there'),
    maxMessageBytes: z
      .number()
      .int()
      .min(1 << 16)
      .default(50 << 20)
      .describe('The largest message taken by LMTP and APPEND, in octets'),
    literals: z
      .enum(['plus', 'minus'])
      .default('plus')
      .describe('Non-synchronising literals: of any size (LITERAL+), or up to 4096 octets (LITERAL-)'),
    maxConnections: z.number().int().min(1).default(10_000).describe('IMAP connections at once'),
    maxConnectionsPerAddress: z
      .number()
      .int()
      .min(1)
      .default(1_000)
      .describe('IMAP connections at once from one address'),
    deliverBatch: z.number().int().min(1).max(1_000).default(64).describe('Deliveries in one transaction'),
    ...storeShape,
    ...policyShape,
    ...accessShape,
  },
});

export type MdaConfig = ConfigOf<typeof mdaConfig>;
