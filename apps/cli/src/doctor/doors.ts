import { createConnection } from 'node:net';
import { type Check, fail, ok, reason } from './types.ts';

const TIMEOUT_MS = 5_000;
const MAX_GREETING = 1_024;

export interface Door {
  readonly name: string;
  /** host:port, or an http address. */
  readonly address: string;
  /** How its greeting begins; absent: the client speaks first. */
  readonly greeting?: RegExp;
}

function hostPort(address: string): { host: string; port: number } {
  if (address.startsWith('http')) {
    const { hostname, port, protocol } = new URL(address);
    return { host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
  }
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** First line of a server that speaks first, or '' for one that does not. */
function greet(address: string, wait: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(hostPort(address));
    let text = '';
    const end = (error: Error | null) => {
      socket.destroy();
      if (error === null) resolve(text.split('\n', 1)[0]?.trim() ?? '');
      else reject(error);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(new Error('it does not answer in time')));
    socket.once('error', end);
    socket.once('close', () => end(new Error('it hangs up at once')));
    socket.once('connect', () => !wait && end(null));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('\n') || text.length > MAX_GREETING) end(null);
    });
  });
}

/** Whether a door is open, and the right one answers behind it. */
export async function checkDoor({ name, address, greeting }: Door): Promise<Check> {
  try {
    const line = await greet(address, greeting !== undefined);
    if (greeting !== undefined && !greeting.test(line))
      return fail(
        `port ${name}`,
        `${address} says ${JSON.stringify(line.slice(0, 80))}`,
        'something else listens there: choose another --port-offset',
      );
    return ok(`port ${name}`, address);
  } catch (error) {
    return fail(`port ${name}`, `${address}: ${reason(error)}`, `see ${logOf(name)} in the logs folder`);
  }
}

const LOGS: Readonly<Record<string, string>> = {
  mx: 'mta.log',
  submission: 'msa.log',
  submissions: 'msa.log',
  imap: 'mda.log',
  imaps: 'mda.log',
  webmail: 'mua.log',
  otlp: 'ops.log',
  ops: 'ops.log',
};
const logOf = (name: string) => LOGS[name] ?? 'nats-1.log';
