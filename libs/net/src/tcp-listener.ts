import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { cidrMatcher, plainAddress } from './cidr.ts';
import { ConnectionLimits, type ConnectionLimitOptions } from './connection-limits.ts';
import type { DoorMeter } from './door-meter.ts';
import { SILENT, type NetLogger } from './logger.ts';
import type { ProxiedEnds } from './proxy-header.ts';
import type { ProxyUse } from './proxy-ports.ts';
import { takeProxyHeader } from './proxy-reader.ts';
import type { TlsContexts } from './tls-contexts.ts';

export interface TcpListenerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** TLS from the first octet (RFC 8314). Without it `accept` gets sockets in clear. */
  readonly implicitTls?: TlsContexts | undefined;
  /** Addresses and CIDR blocks whose connections must begin with a PROXY header; from others it is never read. */
  readonly proxyFrom?: readonly string[];
  /** `required`: who is not in `proxyFrom` is cut off without a word. `never`: nobody's header is read. */
  readonly proxy?: ProxyUse;
  readonly limits?: Partial<ConnectionLimitOptions>;
  /** For TLS handshake and PROXY header, in ms. */
  readonly handshakeTimeout?: number;
  /** The protocol ends the socket itself after the client's FIN, with replies still to be written. Default false. */
  readonly allowHalfOpen?: boolean;
  readonly logger?: NetLogger;
  readonly meter?: DoorMeter | undefined;
  /** A socket ready for its protocol. It has no `error` listener but a silent one. */
  readonly accept: (socket: Socket, ends: ProxiedEnds) => void;
  /** What a client over the limits is told, when it can be told in clear. */
  readonly refusal?: (why: 'total' | 'address') => string;
}

export interface TcpListener {
  readonly host: string;
  readonly port: number;
  readonly implicitTls: boolean;
  /** Sockets open now. */
  readonly open: number;
  /**
   * Stops listening; open connections stay. Resolves when each of those in their PROXY header or TLS handshake has come to `accept`, which
   * can say goodbye to it, or has not within a second, or `ms` when that is less, and is cut.
   */
  stop(ms?: number): Promise<void>;
}

/** Who comes in the moment it ends is through its handshake by then; who is not keeps nobody longer. */
const GRACE_MS = 1_000;

/** Listens on TCP: connection limits, PROXY protocol, implicit TLS; the protocol begins in `accept`. */
export async function listenTcp(options: TcpListenerOptions): Promise<TcpListener> {
  const limits = new ConnectionLimits(options.limits);
  const isProxy = cidrMatcher(options.proxy === 'never' ? [] : (options.proxyFrom ?? []));
  const context: Context = {
    options,
    limits,
    isProxy,
    logger: options.logger ?? SILENT,
    pending: new Map(),
    stopping: false,
  };
  const server = createServer({ noDelay: true, allowHalfOpen: options.allowHalfOpen ?? false }, (socket) => {
    enter(context, socket);
  });
  await started(server, options);
  server.on('error', (err) => {
    context.logger.error({ err }, 'listener failed');
  });
  const { address, port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  return {
    host: address,
    port,
    implicitTls: options.implicitTls !== undefined,
    get open() {
      return limits.open;
    },
    stop: (ms = GRACE_MS) => {
      stopped ??= end(context, server, Math.min(ms, GRACE_MS));
      return stopped;
    },
  };
}

interface Context {
  readonly options: TcpListenerOptions;
  readonly limits: ConnectionLimits;
  readonly isProxy: (address: string) => boolean;
  readonly logger: NetLogger;
  /** Sockets whose protocol has not begun, each with the topmost one on it. */
  readonly pending: Map<Socket, Socket>;
  /** Called when none of them is left. */
  settled?: () => void;
  /** Their time is over: it cuts them itself. */
  stopping: boolean;
}

async function end(context: Context, server: Server, graceMs: number): Promise<void> {
  // Those that the system has let in already are taken in one turn of the loop; after `close` it would cut them off.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  // `close` calls back when the last connection is gone, which may be hours later: listening ends at once.
  server.close();
  if (context.pending.size === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  context.settled = resolve;
  const timer = setTimeout(resolve, graceMs);
  await promise;
  clearTimeout(timer);
  context.stopping = true;
  for (const socket of context.pending.values()) {
    context.options.meter?.turnedAway('draining');
    socket.destroy();
  }
}

function forget(context: Context, raw: Socket): void {
  context.pending.delete(raw);
  if (context.pending.size === 0) context.settled?.();
}

function started(server: Server, { host, port }: TcpListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function enter(context: Context, socket: Socket): void {
  socket.on('error', () => undefined);
  const peer = plainAddress(socket.remoteAddress ?? '');
  if (!context.limits.enter()) {
    turnAway(context, socket, 'total');
    return;
  }
  context.pending.set(socket, socket);
  socket.once('close', () => {
    context.limits.leave();
    forget(context, socket);
  });
  const ends: ProxiedEnds = {
    remoteAddress: peer,
    remotePort: socket.remotePort ?? 0,
    localAddress: plainAddress(socket.localAddress ?? ''),
    localPort: socket.localPort ?? 0,
  };
  if (!context.isProxy(peer)) {
    if (context.options.proxy === 'required') {
      context.options.meter?.turnedAway('proxy');
      context.logger.warn({ peer }, 'a connection to a PROXY port from an address that is no proxy of ours');
      socket.destroy();
      return;
    }
    admit(context, socket, ends);
    return;
  }
  takeProxyHeader(socket, context.options.handshakeTimeout ?? 30_000).then(
    (header) => {
      admit(context, socket, header.ends ?? ends);
    },
    (err: unknown) => {
      if (!context.stopping) context.options.meter?.turnedAway('proxy');
      context.logger.warn({ err, peer }, 'connection without a PROXY header');
      socket.destroy();
    },
  );
}

function admit(context: Context, socket: Socket, ends: ProxiedEnds): void {
  const leave = context.limits.enterClient(ends.remoteAddress);
  if (leave === null) {
    turnAway(context, socket, 'address');
    return;
  }
  socket.once('close', leave);
  if (context.options.implicitTls === undefined) begin(context, socket, socket, ends);
  else handshake(context, context.options.implicitTls, socket, ends);
}

/** Hands the socket over, unless it was given up meanwhile. */
function begin(context: Context, raw: Socket, socket: Socket, ends: ProxiedEnds): void {
  if (!socket.destroyed) context.options.accept(socket, ends);
  forget(context, raw);
}

/** Before a TLS handshake nothing can be said. */
function turnAway(context: Context, socket: Socket, why: 'total' | 'address'): void {
  const { options, logger } = context;
  options.meter?.turnedAway(why);
  logger.warn({ peer: socket.remoteAddress, why }, 'too many connections');
  forget(context, socket);
  const text = options.implicitTls === undefined ? options.refusal?.(why) : undefined;
  if (text === undefined) {
    socket.destroy();
    return;
  }
  socket.end(text);
  socket.resume();
  setTimeout(() => socket.destroy(), 1000).unref();
}

function handshake(context: Context, contexts: TlsContexts, socket: Socket, ends: ProxiedEnds): void {
  const secured = new TLSSocket(socket, {
    isServer: true,
    secureContext: contexts.fallback,
    SNICallback: (name, done) => {
      done(null, contexts.find(name));
    },
  });
  context.pending.set(socket, secured);
  const { meter, handshakeTimeout = 30_000 } = context.options;
  const timer = setTimeout(() => secured.destroy(), handshakeTimeout);
  const before = socket.bytesRead;
  let done = false;
  secured.on('error', () => undefined);
  secured.once('_tlsError', () => secured.destroy());
  secured.once('close', () => {
    clearTimeout(timer);
    // who said nothing (a load balancer's probe) did not try
    if (!done && !context.stopping && socket.bytesRead > before) meter?.handshake(null);
    socket.destroy();
  });
  secured.once('secure', () => {
    clearTimeout(timer);
    done = true;
    meter?.handshake(secured.getProtocol());
    begin(context, socket, secured, ends);
  });
}
