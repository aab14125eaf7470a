import type { Quota } from '@postroad/directory';
import { type MailStore, openSqliteStore } from '@postroad/mailstore';
import { SILENT, TlsContexts } from '@postroad/net';
import { Metrics } from '@postroad/telemetry';
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startImap } from '../role.ts';
import { PASSWORD, testDirectory, USER } from './directory.ts';
import type { ChangeHints, ImapConfig, ImapRole } from '../types.ts';

export { PASSWORD, USER };
const run = promisify(execFile);

/** The IMAP role in this process, with a store of its own, a directory of three accounts and a certificate made for it. */
export interface Harness {
  readonly store: MailStore;
  readonly hints: ChangeHints;
  readonly metrics: Metrics;
  readonly role: ImapRole;
  readonly directory: string;
  readonly certificate: string;
  readonly starttls: number;
  readonly tls: number;
  /** The account of {@link USER}. */
  readonly accountId: string;
  deliver(
    content: Buffer,
    more?: { accountId?: string; flags?: string[]; internalDate?: number; prefix?: Buffer },
  ): Promise<void>;
  close(): Promise<void>;
}

/** `quotas` are those of the accounts by their names; they may be changed meanwhile. */
export async function startHarness(
  config: Partial<ImapConfig> = {},
  quotas: Record<string, Quota> = {},
): Promise<Harness> {
  const directory = await mkdtemp(join(tmpdir(), 'postroad-imap-'));
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const request = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-addext',
    names,
  ];
  await run('openssl', ['req', '-x509', ...request, '-days', '2', '-out', cert, '-keyout', key]);
  const tls = await TlsContexts.load({ certificates: [{ cert, key }], pollMs: 0 });
  const store = await openSqliteStore({ directory: join(directory, 'store') });
  const hints = localHints();
  const metrics = new Metrics();
  const listeners = [false, true].map((implicitTls) => ({ host: '127.0.0.1', port: 0, implicitTls }));
  const limits = { authFailureDelay: 50, ...config.limits };
  const role = await startImap(
    { store, directory: testDirectory(quotas), hints, logger: SILENT, tls, metrics },
    { listeners, drainTimeout: 500, ...config, limits },
  );
  return {
    store,
    hints,
    metrics,
    role,
    directory,
    certificate: cert,
    starttls: role.addresses[0]?.port ?? 0,
    tls: role.addresses[1]?.port ?? 0,
    accountId: 'account-alice',
    async deliver(content, more = {}) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const accountId = more.accountId ?? 'account-alice';
      await store.deliver([
        {
          accountId,
          queueId: randomUUID(),
          finalRecipient: USER,
          internalDate: more.internalDate ?? Date.now(),
          ...(more.flags && { flags: more.flags }),
          prefix: more.prefix ?? Buffer.alloc(0),
          content: { size: content.length, sha256, inline: content, stream: () => oneChunk(content) },
        },
      ]);
      hints.publish(accountId);
    },
    async close() {
      await role.drain();
      tls.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function* oneChunk(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function localHints(): ChangeHints {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    publish: (accountId) => {
      setImmediate(() => emitter.emit(accountId));
    },
    subscribe: (accountId, callback) => {
      emitter.on(accountId, callback);
      return () => emitter.off(accountId, callback);
    },
  };
}
