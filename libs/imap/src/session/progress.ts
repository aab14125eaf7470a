import { formatString } from '../write/strings.ts';
import type { Context } from './context.ts';

/** How far a piece of work is. */
export type Progress = (done: number, of: number) => void;

/**
 * Waits for work that may take long, and tells the client every few seconds that it goes on (RFC 9585), so that neither it nor
 * a middlebox gives up. Nothing else may be written meanwhile.
 */
export async function patiently<T>(context: Context, work: (progress: Progress) => Promise<T>): Promise<T> {
  const { output, tag, limits } = context;
  let state = 'NIL NIL';
  const timer = setInterval(() => {
    output.add('* OK [INPROGRESS (', formatString(tag), ` ${state})] still working\r\n`);
    // a client that is gone ends the session at the next flush of the command itself
    output.flush().catch(() => undefined);
  }, limits.progressInterval);
  try {
    return await work((done, of) => {
      // RFC 9585 §4: the goal is above 0, and what is done is below it until the end
      state = of > 0 ? `${String(Math.min(done, of))} ${String(of)}` : 'NIL NIL';
    });
  } finally {
    clearInterval(timer);
  }
}
