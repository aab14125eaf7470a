import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Share of the processors that may be busy, ms between looks, and how long to wait at most. */
const BUSY = 0.25;
const EVERY = 500;
const LONGEST = 180_000;

/** Waits until the machine is idle: a server may go on with what nobody waits for any more, and would slow down the next row. */
export async function quiet(): Promise<void> {
  let before = times();
  for (let waited = 0; waited < LONGEST; waited += EVERY) {
    await sleep(EVERY);
    const now = times();
    if (now.busy - before.busy < BUSY * (now.all - before.all)) return;
    before = now;
  }
  throw new Error(`the machine is still busy after ${String(LONGEST / 1000)} s`);
}

function times(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const sum = Object.values(times).reduce((a, b) => a + b, 0);
    busy += sum - times.idle;
    all += sum;
  }
  return { busy, all };
}
