import { setTimeout as sleep } from 'node:timers/promises';
import { session, type SessionOptions } from './imap-session.ts';
import { idIn } from './sender.ts';

export interface ReaderOptions extends SessionOptions {
  readonly signal: AbortSignal;
}

const AGAIN_MS = 100;
const SUBJECTS = '(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])';

/** Stays signed in and IDLEs; now and then it looks at the newest message. */
export async function idler(options: ReaderOptions): Promise<void> {
  while (!options.signal.aborted) {
    const good = await session(options, async (open) => {
      while (!options.signal.aborted) {
        await open.command('IDLE', 1_500);
        await open.command('UID FETCH * (FLAGS ENVELOPE BODY.PEEK[TEXT])');
      }
    });
    if (!good) await sleep(AGAIN_MS);
  }
}

/** Signs in anew each time, looks, signs out. */
export async function newcomer(options: ReaderOptions): Promise<void> {
  while (!options.signal.aborted) {
    await session(options, async (open) => void (await open.command('UID FETCH * (FLAGS ENVELOPE)')));
    await sleep(500);
  }
}

/** Stays signed in and asks for what is new all the time: writes down when each message is first seen. */
export async function watcher(options: ReaderOptions): Promise<void> {
  const { ledger, account, signal } = options;
  let last = 0;
  while (!signal.aborted) {
    const good = await session(options, async (open) => {
      while (!signal.aborted) {
        for (const line of await open.command(`UID FETCH ${last + 1}:* ${SUBJECTS}`)) {
          const uid = Number(/\bUID (\d+)/.exec(line)?.[1] ?? 0);
          const id = idIn(line);
          // `n:*` always names the last one (RFC 9051 §9, seq-range).
          if (uid <= last) continue;
          last = uid;
          if (id !== undefined) ledger.see(account.address, id);
        }
        await sleep(AGAIN_MS);
      }
    });
    if (!good) await sleep(AGAIN_MS);
  }
}

/** The ids in an INBOX, as often as they are there. @throws when it cannot be read */
export async function inventory(options: SessionOptions): Promise<string[]> {
  const ids: string[] = [];
  const good = await session(options, async (open) => {
    for (const line of await open.command(`UID FETCH 1:* ${SUBJECTS}`)) {
      const id = idIn(line);
      if (id !== undefined) ids.push(id);
    }
  });
  if (!good) throw new Error(`the INBOX of ${options.account.address} cannot be read`);
  return ids;
}
