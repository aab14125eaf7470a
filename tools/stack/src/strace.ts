import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** One finished system call: times in seconds since the epoch, when it was begun and when it had returned. */
export interface Call {
  readonly at: number;
  readonly end: number;
  readonly pid: string;
  readonly name: string;
  readonly fd: string;
  readonly text: string;
}

const LINE = /^(\d+)\s+(\d+\.\d+) (?:(\w+)\((.*)|<\.\.\. (\w+) resumed>(.*))$/;

/** The calls of an `strace -f -ttt` file in the order in which they ended, interrupted ones joined. */
export async function readTrace(path: string): Promise<Trace> {
  const open = new Map<string, { at: number; name: string; text: string }>();
  const calls: Call[] = [];
  let last = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, pid = '', time = '', name, text = '', resumed] = match;
    last = Number(time);
    if (name !== undefined && text.endsWith('<unfinished ...>')) {
      open.set(pid, { at: last, name, text });
      continue;
    }
    const begun = resumed === undefined ? { at: last, name: name ?? '', text } : open.get(pid);
    if (begun === undefined) continue;
    open.delete(pid);
    calls.push({
      at: begun.at,
      end: last,
      pid,
      name: begun.name,
      fd: /^(\d+)/.exec(begun.text)?.[1] ?? '',
      text: begun.text,
    });
  }
  return new Trace(calls);
}

const SYNCS = new Set(['fsync', 'fdatasync']);

export class Trace {
  readonly #calls: readonly Call[];
  constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  /** The first write that holds `text`. `file`: at a position, which both the broker and sqlite use and sockets cannot. */
  findWrite(text: string, kind: 'file' | 'any'): Call | null {
    const fits = (call: Call) => (kind === 'file' ? call.name === 'pwrite64' : !SYNCS.has(call.name));
    return this.#calls.find((call) => call.text.includes(text) && fits(call)) ?? null;
  }

  /** The first sync of the same descriptor that began after the write had ended. */
  syncAfter(write: Call): Call | null {
    return this.#calls.find((call) => SYNCS.has(call.name) && call.fd === write.fd && call.at >= write.end) ?? null;
  }

  /** The first ack sent to the broker after the write. */
  ackAfter(write: Call): Call | null {
    return this.#calls.find((call) => call.at >= write.end && call.text.includes('$JS.ACK.DELIVER')) ?? null;
  }
}
