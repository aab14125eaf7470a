import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How far one folder has come. */
export interface FolderProgress {
  readonly generation: string;
  /** Key of the last message that was certainly written. */
  readonly key: string | null;
  /** The target's mark after it, and where the target ended before the first. */
  readonly mark: string;
  readonly start: string;
  readonly done: number;
}

interface State {
  /** What is copied from where to where: a journal of something else is not gone on with. */
  readonly what: string;
  readonly folders: Readonly<Record<string, FolderProgress>>;
}

/**
 * Remembers in a file how far a copy has come, so that one that was cut goes on. It may lag behind what was written, never run ahead: the
 * rest is found in the target again.
 */
export class Journal {
  readonly #path: string;
  readonly #what: string;
  readonly #folders: Record<string, FolderProgress> = {};
  #unsaved = 0;

  constructor(path: string, what: string) {
    this.#path = path;
    this.#what = what;
    if (!existsSync(path)) return;
    const state = JSON.parse(readFileSync(path, 'utf8')) as State;
    if (state.what !== what)
      throw new Error(`${path} is about something else (${state.what}); name another file with --state`);
    Object.assign(this.#folders, state.folders);
  }

  /** `mark` is where the target ends now, asked only for a folder that was never begun. */
  async begin(folder: string, generation: string, mark: () => Promise<string>): Promise<FolderProgress> {
    const known = this.#folders[folder];
    if (known?.generation === generation) return known;
    // keys of another generation mean other messages: what was copied is found in the target
    const start = known?.start ?? (await mark());
    this.record(folder, { generation, key: null, mark: start, start, done: 0 });
    this.save();
    return { generation, key: null, mark: start, start, done: 0 };
  }

  record(folder: string, progress: FolderProgress): void {
    this.#folders[folder] = progress;
    if (++this.#unsaved >= 50) this.save();
  }

  save(): void {
    this.#unsaved = 0;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}.new`, JSON.stringify({ what: this.#what, folders: this.#folders }), { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
  }
}
