import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { type Check, fail, ok, reason, warn } from './types.ts';

const TIMEOUT_MS = 5_000;
const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** The certificate behind a door with TLS from the start: whether it is trusted, fits the name, and for how long. */
export async function checkCertificate(name: string, address: string, caFile: string): Promise<Check> {
  const what = `certificate ${name}`;
  const colon = address.lastIndexOf(':');
  try {
    const until = await new Promise<number>((resolve, reject) => {
      const socket = connect({
        host: address.slice(0, colon),
        port: Number(address.slice(colon + 1)),
        ca: readFileSync(caFile),
        timeout: TIMEOUT_MS,
      });
      const stop = (error: Error) => {
        socket.destroy();
        reject(error);
      };
      socket.once('error', stop);
      socket.once('timeout', () => stop(new Error('no TLS handshake in time')));
      socket.once('secureConnect', () => {
        resolve(Date.parse(socket.getPeerCertificate().valid_to));
        socket.destroy();
      });
    });
    const days = Math.floor((until - Date.now()) / DAY_MS);
    const detail = `good until ${new Date(until).toISOString().slice(0, 10)} (${days} days)`;
    return days < SOON_DAYS
      ? warn(what, detail, 'renew it: agents take the new files without a restart')
      : ok(what, detail);
  } catch (error) {
    return fail(what, `${address}: ${reason(error)}`, `it must be trusted through ${caFile} and name 127.0.0.1`);
  }
}
