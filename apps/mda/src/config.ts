import { commonShape, defineConfig, port, tlsShape, z } from '@postroad/config';

export const mdaConfig = defineConfig({
  agent: 'mda',
  summary: 'Message delivery: files mail in mailboxes (deliver) and serves them over IMAP (imap).',
  shape: {
    ...commonShape,
    ...tlsShape,
    imapPort: port(10_143, 'IMAP with STARTTLS (143)'),
    imapsPort: port(10_993, 'IMAP with TLS from the start (993)'),
    storeDir: z
      .string()
      .default('.postroad/mail')
      .describe('Directory of the sqlite mailbox store; one mda process at a time'),
    maxConnections: z.number().int().min(1).default(10_000).describe('IMAP connections at once'),
    maxConnectionsPerAddress: z
      .number()
      .int()
      .min(1)
      .default(1_000)
      .describe('IMAP connections at once from one address'),
    deliverBatch: z.number().int().min(1).max(1_000).default(64).describe('Deliveries in one transaction'),
  },
});
