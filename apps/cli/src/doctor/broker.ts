import { duration } from '../style.ts';
import { type Check, fail, ok, reason, warn } from './types.ts';

interface Varz {
  readonly version?: string;
  /** RFC 3339 with nanoseconds. */
  readonly now?: string;
}
interface Jsz {
  readonly config?: { readonly sync_always?: boolean };
}

const NEEDED = [2, 12] as const;
const SKEW_WARN_MS = 1_000;
const SKEW_FAIL_MS = 60_000;

async function ask<T>(monitor: string, path: string): Promise<T> {
  const response = await fetch(new URL(path, monitor), { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}

/** One nats-server by its monitoring port: version, durability (DESIGN §1.1), clock. */
export async function checkBroker(monitor: string, index: number): Promise<Check[]> {
  const name = `broker ${index + 1}`;
  try {
    const jsz = await ask<Jsz>(monitor, '/jsz?config=true');
    const asked = Date.now();
    const varz = await ask<Varz>(monitor, '/varz');
    const between = (asked + Date.now()) / 2;
    return [version(name, varz), durability(name, jsz), clock(name, Date.parse(varz.now ?? '') - between)];
  } catch (error) {
    return [
      fail(
        name,
        `${monitor}: ${reason(error)}`,
        'see nats-1.log in the logs folder; agents wait for it and lose nothing',
      ),
    ];
  }
}

function version(name: string, { version: text = '' }: Varz): Check {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  const good = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  return good
    ? ok(name, `NATS ${text}`)
    : fail(name, `NATS ${text || 'of an unknown version'}`, `${NEEDED.join('.')} or newer is needed`);
}

function durability(name: string, { config }: Jsz): Check {
  if (config?.sync_always === true) return ok(`${name} durability`, 'every acknowledgement follows an fsync');
  return fail(
    `${name} durability`,
    'it acknowledges before it syncs: a power cut may lose accepted mail',
    'set "sync_interval: always" in its jetstream block',
  );
}

function clock(name: string, skew: number): Check {
  const what = `${name} clock`;
  if (Number.isNaN(skew)) return warn(what, 'the broker does not say what time it is', 'compare the clocks by hand');
  const size = Math.abs(skew);
  const detail = `${duration(Math.round(size))} ${skew < 0 ? 'behind' : 'ahead of'} this machine`;
  if (size < SKEW_WARN_MS) return ok(what, detail);
  const hint = 'run a time service (NTP) on both: due times and timelines depend on it';
  return size < SKEW_FAIL_MS ? warn(what, detail, hint) : fail(what, detail, hint);
}
