import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { formatReply } from '@postroad/smtp';
import { SMTPServer } from 'smtp-server';
import type { ConnectionLimitOptions } from '../connection-limits.ts';
import type { DoorMeter } from '../door-meter.ts';
import { SILENT, type NetLogger } from '../logger.ts';
import type { ProxiedEnds } from '../proxy-header.ts';
import type { ProxyUse } from '../proxy-ports.ts';
import { listenTcp, type TcpListener } from '../tcp-listener.ts';
import type { TlsContexts } from '../tls-contexts.ts';
import { DoorConnection } from './connection.ts';
import type { Door } from './door.ts';
import type { ConversationSettings } from './conversation.ts';
import { TOO_MANY_CONNECTIONS, TOO_MANY_FROM_YOU } from './replies.ts';
import { DEFAULT_SMTP_POLICY, type SmtpPolicy, type SmtpSessionHandler } from './types.ts';

export interface SmtpListenerOptions<User> {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Our name in greeting and EHLO reply (RFC 5321 §4.3.1). */
  readonly hostname: string;
  readonly handler: SmtpSessionHandler<User>;
  /** Certificates; without them neither STARTTLS nor AUTH is offered. */
  readonly tls?: TlsContexts | undefined;
  /** TLS from the first octet (port 465, RFC 8314 §3.3) instead of STARTTLS. */
  readonly implicitTls?: boolean;
  readonly policy?: Partial<SmtpPolicy>;
  readonly limits?: Partial<ConnectionLimitOptions>;
  /** Addresses and CIDR blocks of proxies that send PROXY headers. */
  readonly proxyFrom?: readonly string[];
  /** As in `listenTcp`. */
  readonly proxy?: ProxyUse;
  /** Default true. */
  readonly smtpUtf8?: boolean;
  /** The domain of `<postmaster>` without one (RFC 5321 §4.5.1); default: `hostname`. */
  readonly postmasterDomain?: string;
  /** Offers REQUIRETLS; default false. */
  readonly requireTls?: boolean;
  /** Speaks LMTP (RFC 2033) instead of SMTP; default false. */
  readonly lmtp?: boolean;
  readonly logger?: NetLogger;
  readonly meter?: DoorMeter | undefined;
}

export interface SmtpListener {
  readonly host: string;
  readonly port: number;
  /** Sessions open now. */
  readonly sessions: number;
  /**
   * Stops listening, ends idle sessions with 421 4.3.2, lets transactions finish, and cuts what is left after `deadlineMs`
   * (default 30 s). Resolves when no session is left.
   */
  drain(deadlineMs?: number): Promise<void>;
}

/**
 * smtp-server as a source of sessions: its own listening socket, TLS contexts and PROXY reader are not used. Every
 * override of its opinions is in this folder, one contract test each (contract.test.ts).
 */
class DoorServer extends SMTPServer implements Door<DoorConnection> {
  readonly log: NetLogger;
  readonly sessions = new Set<DoorConnection>();
  readonly #tls: TlsContexts | undefined;
  readonly #settings: ConversationSettings<unknown>;
  #drained: (() => void) | null = null;

  constructor(settings: ConversationSettings<unknown>, tls: TlsContexts | undefined, secure: boolean, log: NetLogger) {
    super({ name: settings.hostname, secure, hideSTARTTLS: !settings.startTls, logger: false });
    this.#settings = settings;
    this.#tls = tls;
    this.log = log;
  }

  override connect(socket: Socket, ends: ProxiedEnds): void {
    this.#settings.meter?.opened();
    const connection = new DoorConnection(this, socket, ends, this.#settings);
    this.sessions.add(connection);
    connection.on('error', (err: Error) => {
      this.log.debug({ err, session: connection.id, peer: ends.remoteAddress }, 'session failed');
    });
    connection.init();
  }

  left(connection: DoorConnection): void {
    this.sessions.delete(connection);
    if (this.sessions.size === 0) this.#drained?.();
  }

  /** Resolves when the last session is gone. */
  empty(): Promise<void> {
    if (this.sessions.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  // The built-in certificate, whose key is public, must never be served.
  override _warnAboutDefaultCertificate(): void {
    // It is not used: see updateSecureContext.
  }

  override updateSecureContext(): void {
    this.secureContext = new Map();
  }

  refreshSecureContext(): void {
    if (this.#tls !== undefined) this.secureContext.set('*', this.#tls.fallback);
  }

  override _resolveSNI(servername: string, done: (error: Error | null, context?: SecureContext) => void): void {
    done(null, this.#tls?.find(servername));
  }
}

/** Starts an SMTP listener. */
export async function listenSmtp<User>(options: SmtpListenerOptions<User>): Promise<SmtpListener> {
  const { tls, implicitTls = false, logger = SILENT, meter } = options;
  if (implicitTls && tls === undefined) throw new Error('implicit TLS needs certificates');
  const policy = { ...DEFAULT_SMTP_POLICY, ...options.policy };
  const settings: ConversationSettings<User> = {
    hostname: options.hostname,
    handler: options.handler,
    policy,
    startTls: tls !== undefined && !implicitTls,
    requireTls: options.requireTls ?? false,
    smtpUtf8: options.smtpUtf8 ?? true,
    lmtp: options.lmtp ?? false,
    postmasterDomain: options.postmasterDomain ?? options.hostname,
    meter,
  };
  // The user is opaque to everything between the hooks of one handler.
  const server = new DoorServer(settings, tls, implicitTls, logger);
  const tcp = await listenTcp({
    host: options.host,
    port: options.port,
    implicitTls: implicitTls ? tls : undefined,
    proxyFrom: options.proxyFrom ?? [],
    ...(options.proxy && { proxy: options.proxy }),
    limits: options.limits ?? {},
    handshakeTimeout: policy.handshakeTimeout,
    allowHalfOpen: true,
    logger,
    meter,
    accept: (socket, ends) => {
      server.connect(socket, ends);
    },
    refusal: (why) => formatReply(why === 'total' ? TOO_MANY_CONNECTIONS : TOO_MANY_FROM_YOU),
  });
  return {
    host: tcp.host,
    port: tcp.port,
    get sessions() {
      return server.sessions.size;
    },
    drain: (deadlineMs = 30_000) => drain(tcp, server, deadlineMs),
  };
}

async function drain(tcp: TcpListener, server: DoorServer, deadlineMs: number): Promise<void> {
  const drainAll = () => {
    for (const session of server.sessions) session.drain();
  };
  const stopped = tcp.stop(deadlineMs);
  const cut = async () => {
    await stopped;
    for (const session of server.sessions) session.abandon();
  };
  const deadline = setTimeout(() => void cut(), deadlineMs);
  drainAll();
  await stopped;
  // Who was in the handshake hears of it too.
  drainAll();
  await server.empty();
  clearTimeout(deadline);
}
