import { DatabaseSync } from 'node:sqlite';
import type { Home } from './home.ts';

/**
 * One stack at a time in a home: two would have two brokers write to one folder, which loses mail. An exclusive lock of SQLite on a
 * file, which the system takes back when its process is gone, however it ended; nothing is left behind that somebody would have to remove.
 */
export class HomeLock {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** @throws Error that says what to do, when a stack runs there */
  static take(home: Home): HomeLock {
    const db = new DatabaseSync(home.path('lock'), { timeout: 0 });
    try {
      db.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      db.close();
      if ((error as { errcode?: number }).errcode !== 5) throw error;
      const pid = home.exists('stack.json') ? home.readJson<{ pid?: number }>('stack.json').pid : undefined;
      throw new Error(
        `a Postroad runs in ${home.dir} already${pid === undefined ? '' : ` (process ${pid})`}. Stop it, or choose another --home (with another --port-offset).`,
        { cause: error },
      );
    }
    return new HomeLock(db);
  }

  release(): void {
    this.#db.close();
  }
}
