import { ImapFlow } from 'imapflow';
import { ApiError } from '../http/api-error.ts';
import type { Credentials, MailServers } from './servers.ts';

const MIB = 1024 * 1024;

/** A connection that is signed in. Nothing of what goes over it is logged. */
export async function openImap(
  servers: MailServers,
  { address, password }: Credentials,
  options: { autoIdleDelay?: number } = {},
): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...servers.imap,
    secure: true,
    tls: servers.tls,
    ...(servers.tls.servername === undefined ? {} : { servername: servers.tls.servername }),
    auth: { user: address, pass: password },
    logger: false,
    clientInfo: { name: 'Postroad webmail' },
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 120_000,
    maxIdleTime: 25 * 60_000,
    maxLineLength: 16 * MIB,
    maxLiteralSize: 64 * MIB,
    maxResponseSize: 96 * MIB,
    ...options,
  });
  // Rejections tell what went wrong; without a listener the event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A failed sign-in in words for a person; other failures as they are. */
export function signInError(error: unknown): unknown {
  const known = error as { authenticationFailed?: boolean; serverResponseCode?: string };
  if (known.authenticationFailed !== true) return error;
  if (known.serverResponseCode === 'UNAVAILABLE')
    return new ApiError(
      503,
      'UNREACHABLE',
      'The mail server cannot check passwords right now. Try again in a moment.',
      10,
    );
  return new ApiError(401, 'WRONG_PASSWORD', 'The address or the password is wrong.');
}

/** Says goodbye, and closes whether or not that is answered. */
export function logout(client: ImapFlow): void {
  setTimeout(() => client.close(), 2_000).unref();
  client.logout().catch(() => client.close());
}
