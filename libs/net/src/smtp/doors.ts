import type { ConnectionLimitOptions } from '../connection-limits.ts';
import type { DoorMeter } from '../door-meter.ts';
import type { NetLogger } from '../logger.ts';
import type { ProxyUse } from '../proxy-ports.ts';
import { TlsContexts, type CertificateFiles, type CertificateInUse } from '../tls-contexts.ts';
import { listenSmtp, type SmtpListener } from './smtp-listener.ts';
import type { SmtpPolicy, SmtpSessionHandler } from './types.ts';

/** One address to listen on. */
export interface DoorAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** TLS from the first octet (465) instead of STARTTLS. */
  readonly implicitTls?: boolean;
  readonly proxy?: ProxyUse;
}

/** What an SMTP role is configured with. */
export interface DoorConfig {
  /** Our name in greeting, EHLO reply and Received. */
  readonly hostname: string;
  readonly listeners: readonly DoorAddress[];
  /** PEM files; the first is for clients that name no domain of ours. */
  readonly certificates: readonly CertificateFiles[];
  /** The domain of `<postmaster>` without one (RFC 5321 §4.5.1); default: `hostname`. */
  readonly postmasterDomain?: string;
  readonly policy?: Partial<SmtpPolicy>;
  readonly limits?: Partial<ConnectionLimitOptions>;
  /** Addresses and CIDR blocks of proxies that send PROXY headers. */
  readonly proxyFrom?: readonly string[];
  readonly smtpUtf8?: boolean;
  /** Speaks LMTP (RFC 2033) instead of SMTP. */
  readonly lmtp?: boolean;
  /** How long transactions may take to finish at drain, in ms, unless it says so itself. */
  readonly drainMs?: number;
}

/** A running role: where it listens, in the order of the configuration, and how it ends. */
export interface Doors {
  readonly addresses: readonly Required<Omit<DoorAddress, 'proxy'>>[];
  /** Sessions open now, on all listeners. */
  readonly sessions: number;
  /** Certificates that are served now. */
  readonly certificates: readonly CertificateInUse[];
  /** As {@link SmtpListener.drain}, with what the sessions may still take in ms (default: `drainMs`). */
  drain(ms?: number): Promise<void>;
}

/** Opens all listeners of a role; when one cannot be opened, none stays open. */
export async function openDoors<User>(
  config: DoorConfig,
  handler: SmtpSessionHandler<User>,
  logger: NetLogger,
  meter?: DoorMeter,
): Promise<Doors> {
  const {
    hostname,
    postmasterDomain = hostname,
    policy = {},
    limits = {},
    proxyFrom = [],
    smtpUtf8 = true,
    lmtp = false,
  } = config;
  const tls =
    config.certificates.length === 0
      ? undefined
      : await TlsContexts.load({
          certificates: config.certificates,
          onError: (err) => {
            logger.error({ err }, 'certificates could not be reloaded; the old ones stay');
          },
          onReload: (names) => {
            logger.info({ names }, 'certificates reloaded');
          },
        });
  const listeners: SmtpListener[] = [];
  const shut = async (deadlineMs: number): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.drain(deadlineMs)));
    tls?.close();
  };
  try {
    for (const { host, port, implicitTls = false, proxy } of config.listeners) {
      const common = {
        hostname,
        postmasterDomain,
        handler,
        policy,
        limits,
        proxyFrom,
        smtpUtf8,
        lmtp,
        tls,
        logger,
        meter,
      };
      listeners.push(await listenSmtp({ ...common, host, port, implicitTls, ...(proxy && { proxy }) }));
    }
  } catch (error) {
    await shut(0);
    throw error;
  }
  return {
    addresses: listeners.map(({ host, port }, i) => ({
      host,
      port,
      implicitTls: config.listeners[i]?.implicitTls ?? false,
    })),
    get sessions() {
      return listeners.reduce((sum, listener) => sum + listener.sessions, 0);
    },
    get certificates() {
      return tls?.inUse ?? [];
    },
    drain: (ms = config.drainMs ?? 30_000) => shut(ms),
  };
}
