import type { Journal } from './journal.ts';
import type { Arrived, MailFolder, MailSource, MailTarget } from './types.ts';

export interface TransferResult {
  readonly folders: number;
  readonly copied: number;
  /** Found in the target already: written by a run before this one. */
  readonly skipped: number;
  readonly bytes: number;
}

export interface TransferOptions {
  readonly journal: Journal;
  /** Name of a source's folder in the target. */
  readonly rename: (name: string) => string;
  readonly progress: (done: number, of: number, folder: string) => void;
}

/** Copies every folder, in order; what a run before this one wrote is not written again. */
export async function transfer(
  source: MailSource,
  target: MailTarget,
  options: TransferOptions,
): Promise<TransferResult> {
  const folders = await source.folders();
  const total = folders.reduce((sum, { count }) => sum + count, 0);
  const result = { folders: 0, copied: 0, skipped: 0, bytes: 0 };
  let done = 0;
  try {
    for (const folder of folders) {
      const one = await copyFolder(source, target, folder, {
        ...options,
        progress: (n) => {
          options.progress(Math.min(total, done + n), total, folder.name);
        },
      });
      done += folder.count;
      // what was there already is done too
      options.progress(done, total, folder.name);
      result.folders++;
      result.copied += one.copied;
      result.skipped += one.skipped;
      result.bytes += one.bytes;
    }
  } finally {
    options.journal.save();
  }
  return result;
}

async function copyFolder(
  source: MailSource,
  target: MailTarget,
  folder: MailFolder,
  { journal, rename, progress }: TransferOptions & { readonly progress: (done: number) => void },
): Promise<{ copied: number; skipped: number; bytes: number }> {
  const result = { copied: 0, skipped: 0, bytes: 0 };
  await target.open(rename(folder.name));
  let state = await journal.begin(folder.name, folder.generation, () => target.mark());
  const there = new Unclaimed(await target.since(state.mark));
  for await (const message of source.messages(folder, state.key)) {
    const known = there.claim({ size: message.octets.length, second: Math.floor(message.date / 1000) });
    const mark = known ? '' : await target.append(message);
    if (known) result.skipped++;
    else result.copied++;
    result.bytes += known ? 0 : message.octets.length;
    // while some in the target are not matched yet, a run after this one must see them again
    const settled = there.empty && mark !== '';
    state = { ...state, key: message.key, mark: settled ? mark : state.mark, done: state.done + 1 };
    journal.record(folder.name, state);
    progress(state.done);
  }
  journal.save();
  return result;
}

/** Messages that are in the target beyond what the journal knows; each answers for one of the source. */
class Unclaimed {
  readonly #counts = new Map<string, number>();

  constructor(arrived: readonly Arrived[]) {
    for (const one of arrived) this.#counts.set(keyOf(one), (this.#counts.get(keyOf(one)) ?? 0) + 1);
  }

  get empty(): boolean {
    return this.#counts.size === 0;
  }

  claim(one: Arrived): boolean {
    const key = keyOf(one);
    const count = this.#counts.get(key) ?? 0;
    if (count <= 1) this.#counts.delete(key);
    else this.#counts.set(key, count - 1);
    return count > 0;
  }
}

const keyOf = ({ size, second }: Arrived): string => `${String(size)} ${String(second)}`;
