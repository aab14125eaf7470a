import { ImapSession } from '@postroad/imap';
import { endsWithin } from '@postroad/bus';
import { type DoorMeter, listenTcp, type ProxiedEnds, type TcpListener } from '@postroad/net';
import type { Socket } from 'node:net';
import { StoreBackend } from './backend.ts';
import { ImapMeter } from './meter.ts';
import { SocketTransport } from './transport.ts';
import type { ImapConfig, ImapDependencies, ImapListenerConfig, ImapRole } from './types.ts';

type Accept = (listener: ImapListenerConfig, socket: Socket, ends: ProxiedEnds) => void;

const WRITE_TIMEOUT = 5 * 60_000;
const DRAIN_TIMEOUT = 10_000;
/** For sessions to notice that they were cut. */
const CUT_MS = 500;

/** One connection and the promise of its end. */
interface Open {
  readonly session: ImapSession;
  readonly transport: SocketTransport;
  readonly done: Promise<void>;
}

/**
 * The IMAP role of the MDA: 143 with STARTTLS and 993 with TLS (RFC 3501, RFC 8314). The protocol is `@postroad/imap`, the mail
 * `@postroad/mailstore`; here are sockets, limits and the end.
 */
export async function startImap(dependencies: ImapDependencies, config: ImapConfig): Promise<ImapRole> {
  const backend = new StoreBackend(dependencies, config);
  const open = new Set<Open>();
  const meter = dependencies.metrics && new ImapMeter(dependencies.metrics);
  const accept: Accept = (listener, socket, ends) => {
    serve({ dependencies, config, backend, open, meter }, listener, socket, ends);
  };
  const listeners: TcpListener[] = [];
  try {
    for (const listener of config.listeners)
      listeners.push(await listen(dependencies, config, listener, accept, meter?.door));
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.stop()));
    throw error;
  }
  return {
    addresses: listeners.map(({ host, port, implicitTls }) => ({ host, port, implicitTls })),
    get sessions() {
      return open.size;
    },
    async drain(ms = config.drainTimeout ?? DRAIN_TIMEOUT) {
      await endAll(open, Promise.all(listeners.map((listener) => listener.stop(ms))), ms);
    },
  };
}

function listen(
  { tls, logger }: ImapDependencies,
  config: ImapConfig,
  listener: ImapListenerConfig,
  accept: Accept,
  meter: DoorMeter | undefined,
): Promise<TcpListener> {
  return listenTcp({
    host: listener.host,
    port: listener.port,
    implicitTls: listener.implicitTls ? tls : undefined,
    logger,
    meter,
    ...(config.connections && { limits: config.connections }),
    ...(config.proxyFrom && { proxyFrom: config.proxyFrom }),
    ...(listener.proxy && { proxy: listener.proxy }),
    refusal: () => '* BYE [LIMIT] too many connections\r\n',
    accept: (socket, ends) => {
      accept(listener, socket, ends);
    },
  });
}

interface Service {
  readonly dependencies: ImapDependencies;
  readonly config: ImapConfig;
  readonly backend: StoreBackend;
  readonly open: Set<Open>;
  readonly meter: ImapMeter | undefined;
}

function serve(
  { dependencies, config, backend, open, meter }: Service,
  listener: ImapListenerConfig,
  socket: Socket,
  { remoteAddress: peer, secure: securedByProxy = false }: ProxiedEnds,
): void {
  const { logger, tls } = dependencies;
  meter?.door.opened();
  const transport = new SocketTransport(socket, {
    startTls: listener.implicitTls ? undefined : tls,
    writeTimeout: config.writeTimeout ?? WRITE_TIMEOUT,
    meter,
    onData: (chunk) => {
      if (meter) meter.received += chunk.length;
      session.feed(chunk);
    },
    onEnd: () => {
      session.end();
    },
    onBroken: () => {
      session.end('what was sent is not compressed as it should be');
    },
    onClose: () => {
      session.gone();
    },
  });
  const session = new ImapSession({
    backend,
    transport,
    // a proxy that we trust may have ended TLS for us, and says so (PROXY protocol version 2)
    secure: listener.implicitTls || securedByProxy,
    ...(config.limits && { limits: config.limits }),
    ...(config.literals && { literals: config.literals }),
    ...(meter && { observer: meter }),
    onEvent: (event, username) => {
      logger.info({ peer, username }, event === 'login' ? 'imap login' : 'imap login refused');
    },
    onError: (err, command) => {
      logger.error({ err, peer, command }, 'imap command failed');
    },
  });
  const connection: Open = { session, transport, done: session.run() };
  open.add(connection);
  void connection.done.finally(() => {
    open.delete(connection);
    transport.close();
  });
}

/** `stopped`: from then on nobody comes. */
async function endAll(open: ReadonlySet<Open>, stopped: Promise<unknown>, timeout: number): Promise<void> {
  const sayGoodbye = () => {
    for (const { session } of open) session.end('[UNAVAILABLE] the server is going down, connect again');
  };
  sayGoodbye();
  const done = stopped.then(() => {
    // Who was in the handshake hears of it too.
    sayGoodbye();
    return Promise.all([...open].map((connection) => connection.done));
  });
  if (await endsWithin(done, timeout)) return;
  for (const { transport } of open) transport.destroy();
  // A command that waits for a store which does not answer never ends; its client is gone.
  await endsWithin(done, CUT_MS);
}
