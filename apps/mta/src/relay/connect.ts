import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { isAddressLiteral } from '@postroad/mail';
import { METRICS } from '@postroad/telemetry';
import type { RelayContext, RelayDeps } from './context.ts';
import { fateOfReply, oneLine, ownFate, type Fate } from './reply-status.ts';
import type { Candidate } from './resolve-mx.ts';
import type { RelaySettings } from './settings.ts';
import { SmtpClient } from './smtp-client.ts';

/** An SMTP session that messages can be sent on. */
export interface Session {
  readonly client: SmtpClient;
  readonly candidate: Candidate;
}

type SessionError = Error & { code?: string; response?: string };

interface SessionContext extends Pick<RelayContext, 'settings'> {
  readonly deps: Pick<RelayDeps, 'logger' | 'metrics'>;
}

/** Opens a session with one address. @throws ConnectFailed */
export async function openSession(candidate: Candidate, context: SessionContext): Promise<Session> {
  const { settings } = context;
  const { logger } = context.deps;
  const wanted = settings.smartHost?.tls ?? 'opportunistic';
  try {
    const client = await counted(context, greet(candidate, settings, wanted));
    return { client: await signIn(client, settings), candidate };
  } catch (error) {
    if (wanted !== 'opportunistic' || (error as SessionError).code !== 'ETLS') throw failed(error, candidate);
    logger.warn({ err: error, host: candidate.host }, 'STARTTLS failed; trying again without');
  }
  // RFC 7435: when encryption is not demanded, a broken one is no reason to keep the mail. Messages that do demand it
  // (REQUIRETLS) find the session not secure and do not go.
  try {
    return { client: await signIn(await counted(context, greet(candidate, settings, 'none')), settings), candidate };
  } catch (error) {
    throw failed(error, candidate);
  }
}

/** Counts one connection that was tried, by what became of it. */
async function counted({ deps, settings: { pool } }: SessionContext, trying: Promise<SmtpClient>): Promise<SmtpClient> {
  const count = (outcome: string) => deps.metrics.count(METRICS.relayConnects, { pool, outcome });
  try {
    const client = await trying;
    count(client.secure ? (client.tlsVersion ?? 'other') : 'plain');
    return client;
  } catch (error) {
    count(whyNot(error as SessionError));
    throw error;
  }
}

function whyNot({ code = '', response, message }: SessionError): string {
  if (code === 'ETLS') return 'tls';
  if (response !== undefined) return 'greeting';
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ETIMEDOUT' || /^No TCP connection within|timeout/i.test(message) ? 'timeout' : 'other';
}

/** Why no session could be had with an address; always "for now" (RFC 5321 §4.2.4.2 leaves 5yz greetings to the client). */
export class ConnectFailed extends Error {
  readonly fate: Fate;
  constructor(fate: Fate) {
    super(fate.diagnostic);
    this.fate = fate;
  }
}

function failed(error: unknown, { host, address }: Candidate): ConnectFailed {
  const { response, code, message } = error as SessionError;
  if (response !== undefined) {
    const said = fateOfReply(response, host);
    return new ConnectFailed({ ...said, kind: 'deferred', status: said.kind === 'deferred' ? said.status : '4.3.2' });
  }
  const status = code === 'ETLS' ? '4.7.5' : code === 'EAUTH' ? '4.7.0' : '4.4.1';
  return new ConnectFailed(ownFate('deferred', status, `${host}[${address}]: ${oneLine(message)}`));
}

async function greet(
  candidate: Candidate,
  settings: RelaySettings,
  tls: 'opportunistic' | 'required' | 'none',
): Promise<SmtpClient> {
  const connection = await dial(candidate, settings);
  const name = isAddressLiteral(candidate.host) || isIP(candidate.host) !== 0 ? undefined : candidate.host;
  const client = new SmtpClient(
    {
      connection,
      host: candidate.host,
      port: candidate.port,
      secure: false,
      ...(name === undefined ? {} : { servername: name }),
      name: settings.hostname,
      ignoreTLS: tls === 'none',
      requireTLS: tls === 'required',
      // Opportunistic encryption is better than none even with a certificate nobody knows (RFC 7435).
      tls: { rejectUnauthorized: tls === 'required', minVersion: 'TLSv1.2', ...settings.tlsOptions },
      opportunisticTLS: tls === 'opportunistic',
      connectionTimeout: settings.timeouts.greeting,
      greetingTimeout: settings.timeouts.greeting,
      socketTimeout: settings.timeouts.command,
      socketCloseTimeout: 1_000,
      maxResponseSize: 64 * 1024,
    },
    settings.timeouts,
  );
  try {
    await client.open();
  } catch (error) {
    client.abandon(error as Error);
    // A handshake that fails shows as a socket error as well.
    if (client.upgrading !== true) throw error;
    throw Object.assign(new Error(`TLS: ${(error as Error).message}`, { cause: error }), { code: 'ETLS' });
  }
  return client;
}

/** TCP only, with its own time-out: nodemailer's covers everything up to STARTTLS. */
function dial({ address, port }: Candidate, { timeouts, sourceAddress }: RelaySettings): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({
      host: address,
      port,
      ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress }),
    });
    const end = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => end(new Error(`No TCP connection within ${timeouts.connect} ms`)), timeouts.connect);
    socket.once('error', (error) => {
      clearTimeout(timer);
      end(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      // From here on errors are nodemailer's; none may find nobody listening in between.
      socket.removeAllListeners('error').on('error', () => {});
      resolve(socket);
    });
  });
}

async function signIn(client: SmtpClient, { smartHost }: RelaySettings): Promise<SmtpClient> {
  if (smartHost?.user === undefined) return client;
  try {
    // DESIGN §1.6: no password before TLS.
    if (!client.secure)
      throw Object.assign(new Error('The smart host offers no TLS: no password is sent'), { code: 'EAUTH' });
    await client.authenticate(smartHost.user, smartHost.pass ?? '');
    return client;
  } catch (error) {
    client.abandon(error as Error);
    throw error;
  }
}
