import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from './home.ts';

/** Agents end when their supervisor is gone; a nats-server does not. This is how long it may take to end, ms. */
const ENDS_WITHIN_MS = 10_000;

/** Where a broker of a home writes its process id. */
export const pidFile = (home: Home, name: string): string => home.path('nats', `${name}.pid`);

/**
 * Ends brokers that were left running in a home whose stack was killed. Call it with the home's lock in hand: then nobody else's are
 * there. A process id may have been given to another program meanwhile; only one whose monitor names our folder is ended.
 * @returns names of those that were
 */
export async function endOrphans(home: Home): Promise<string[]> {
  if (!home.exists('stack.json')) return [];
  const { addresses } = home.readJson<{ addresses?: { natsMonitors?: readonly string[] } }>('stack.json');
  const ended = await Promise.all(
    (addresses?.natsMonitors ?? []).map(async (monitor, i) => {
      const name = `nats-${i + 1}`;
      if (!(await servesFrom(monitor, home.path('nats', name)))) return null;
      const pid = existsSync(pidFile(home, name)) ? Number(readFileSync(pidFile(home, name), 'utf8')) : NaN;
      if (!Number.isSafeInteger(pid) || pid <= 1)
        throw new Error(`a nats-server of an earlier start still runs in ${home.dir}; end it, then start again`);
      process.kill(pid, 'SIGTERM');
      for (const until = Date.now() + ENDS_WITHIN_MS; isAlive(pid); await sleep(50))
        if (Date.now() > until) throw new Error(`nats-server (process ${pid}) of an earlier start does not end`);
      return name;
    }),
  );
  return ended.filter((name) => name !== null);
}

async function servesFrom(monitor: string, dir: string): Promise<boolean> {
  try {
    const response = await fetch(`${monitor}/jsz`, { signal: AbortSignal.timeout(2_000) });
    const { config } = (await response.json()) as { config?: { store_dir?: string } };
    return config?.store_dir?.startsWith(dir) === true;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
