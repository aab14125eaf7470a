import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SmtpSession } from './types.ts';

/** The TLS of a socket, for the session; null in clear. */
export function sessionTls(socket: Socket): SmtpSession['tls'] {
  if (!(socket instanceof TLSSocket)) return null;
  const { servername } = socket as TLSSocket & { servername?: string | false | null };
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    cipher: socket.getCipher().name,
    servername: typeof servername === 'string' ? servername : null,
  };
}
