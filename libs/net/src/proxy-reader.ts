import type { Socket } from 'node:net';
import { readProxyHeader, type ProxyHeader } from './proxy-header.ts';

/**
 * Takes the PROXY header off a fresh socket; what follows it stays to be read, by a protocol or a TLS handshake. Rejects when
 * it is malformed, late, or the socket closes first: the caller destroys the socket, there is nobody to answer.
 */
export function takeProxyHeader(socket: Socket, timeoutMs: number): Promise<ProxyHeader> {
  return new Promise((resolve, reject) => {
    let held = Buffer.alloc(0);
    const finish = (outcome: ProxyHeader | Error): void => {
      clearTimeout(timer);
      socket.off('readable', readable).off('close', closed).off('end', closed);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const closed = (): void => {
      finish(new Error('closed before the PROXY header was complete'));
    };
    const readable = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        held = Buffer.concat([held, chunk]);
        const header = readProxyHeader(held);
        if (header === null) continue;
        if (header === 'malformed') {
          finish(new Error('malformed PROXY header'));
          return;
        }
        const rest = held.subarray(header.length);
        finish(header);
        if (rest.length > 0) socket.unshift(rest);
        return;
      }
    };
    const timer = setTimeout(() => {
      finish(new Error('no PROXY header in time'));
    }, timeoutMs);
    socket.on('readable', readable).on('close', closed).on('end', closed);
  });
}
