import { statfsSync, statSync } from 'node:fs';
import { bytes } from '../style.ts';
import type { StackFile } from '../target.ts';
import { type Check, fail, ok, reason, warn } from './types.ts';

const GIB = 1024 ** 3;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}

/** The stack's own process: it starts its agents again, so that their numbers may be newer than the file. */
export function checkProcesses({ pid }: StackFile): Check {
  if (alive(pid)) return ok('stack', `runs as process ${pid}`);
  return fail('stack', `process ${pid} of stack.json is gone`, 'start it with `npm start`');
}

export function checkToken(file: string): Check {
  try {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) === 0) return ok('token', file);
    return warn('token', `${file} can be read by others (mode ${mode.toString(8)})`, `chmod 600 ${file}`);
  } catch (error) {
    return fail('token', `${file}: ${reason(error)}`, 'start the stack: it makes one');
  }
}

/** Room for mail: agents stop admitting it at 85 % of the disk (DESIGN §3, being full). */
export function checkDisk(home: string): Check {
  try {
    const { bavail, blocks, bsize } = statfsSync(home);
    const free = bavail * bsize;
    const share = bavail / blocks;
    const detail = `${bytes(free)} free (${Math.round(share * 100)} %)`;
    const hint = 'make room, or move the home folder: without room mail is refused for now (452)';
    if (free < GIB / 4) return fail('disk', detail, hint);
    return share < 0.15 || free < 2 * GIB ? warn('disk', detail, hint) : ok('disk', detail);
  } catch (error) {
    return fail('disk', reason(error), `is ${home} the home folder?`);
  }
}
