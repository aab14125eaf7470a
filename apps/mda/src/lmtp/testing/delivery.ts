import type { Quota } from '@postroad/directory';
import { type MailStore, openSqliteStore } from '@postroad/mailstore';
import { type Doors, SILENT } from '@postroad/net';
import { testCertificate } from '@postroad/net/testing';
import type { MailEvent } from '@postroad/telemetry';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDirectory } from '../../imap/testing/directory.ts';
import type { HandoverConfig } from '../handover.ts';
import { startLmtp } from '../role.ts';

/** The LMTP role in this process with a store of its own and the accounts alice, bob and carol at postroad.test. */
export interface DeliveryHarness {
  readonly store: MailStore;
  readonly doors: Doors;
  readonly port: number;
  /** Accounts the sessions were told about. */
  readonly hints: string[];
  readonly events: Omit<MailEvent, 'at'>[];
  /** Room of an account by its name; may be changed meanwhile. */
  readonly quotas: Record<string, Quota>;
  /** Contents of an account's INBOX as they were filed, oldest first. */
  inbox(name: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function startDelivery(
  config: Partial<HandoverConfig> & { readonly maxSize?: number; readonly store?: MailStore } = {},
): Promise<DeliveryHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'postroad-lmtp-test-'));
  const store = config.store ?? (await openSqliteStore({ directory: folder }));
  const hints: string[] = [];
  const events: Omit<MailEvent, 'at'>[] = [];
  const quotas: Record<string, Quota> = {};
  const { maxSize, store: given, ...handover } = config;
  const doors = await startLmtp(
    {
      store,
      directory: testDirectory(quotas),
      hints: { publish: (account) => hints.push(account), subscribe: () => () => undefined },
      logger: SILENT,
      events: (event) => events.push(event),
    },
    {
      hostname: 'mda.postroad.test',
      listeners: [{ host: '127.0.0.1', port: 0 }],
      certificates: [testCertificate()],
      from: ['127.0.0.0/8', '::1'],
      ...(maxSize !== undefined && { policy: { maxSize } }),
      ...handover,
    },
  );
  return {
    store,
    doors,
    port: doors.addresses[0]?.port ?? 0,
    hints,
    events,
    quotas,
    async inbox(name) {
      const account = `account-${name}`;
      const id = (await store.mailbox(account, 'INBOX'))?.id;
      if (id === undefined) return [];
      const { uids } = await store.snapshot(account, id);
      const found: string[] = [];
      for await (const { bytes, size } of store.fetch(account, id, [...uids], { content: true })) {
        const chunks: Uint8Array[] = [];
        if (bytes) for await (const chunk of bytes.read(0, size)) chunks.push(chunk);
        found.push(Buffer.concat(chunks).toString('latin1'));
      }
      return found;
    },
    async close() {
      await doors.drain();
      if (!given) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
