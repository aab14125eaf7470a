import { ImapFlow } from 'imapflow';
import { CliError } from '../io.ts';

export interface ImapServer {
  /** host:port */
  readonly address: string;
  /** `tls` from the first octet, `starttls`, or `none`, which sends the password in clear. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string;
  readonly password: string;
  /** Whose mail, when it is not the user's own. */
  readonly actFor?: string;
  /** What to trust; undefined: the system's authorities. */
  readonly ca?: Buffer;
}

/** Signs in at an IMAP server. @throws CliError with the server's words */
export async function connectImap(server: ImapServer): Promise<ImapFlow> {
  const at = server.address.lastIndexOf(':');
  const client = new ImapFlow({
    host: server.address.slice(0, at),
    port: Number(server.address.slice(at + 1)),
    secure: server.security === 'tls',
    ...(server.security === 'starttls' && { doSTARTTLS: true }),
    ...(server.security === 'none' && { doSTARTTLS: false }),
    auth: {
      user: server.user,
      pass: server.password,
      ...(server.actFor !== undefined && { authzid: server.actFor, loginMethod: 'AUTH=PLAIN' }),
    },
    ...(server.ca && { tls: { ca: server.ca } }),
    disableAutoIdle: true,
    logger: false,
  });
  // an error of the connection is told by the command under way
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { authenticationFailed, responseText, message } = error as {
      authenticationFailed?: boolean;
      responseText?: string;
      message: string;
    };
    throw new CliError(
      authenticationFailed === true ? 'AUTHENTICATION_FAILED' : 'IMAP_UNREACHABLE',
      `${server.address}: ${responseText ?? message}`,
      authenticationFailed === true ? 'is the password right, and does the server let programs use it?' : undefined,
    );
  }
}
