import { FIRST_MAILBOXES } from '../names.ts';
import { newObjectId } from '../object-id.ts';
import { StoreError } from '../types.ts';
import type { Database } from './database.ts';
import { takeUidValidities } from './uid-validity.ts';

/** Ids of accounts remembered; they never change. */
const CACHE = 50_000;

/** Row ids of accounts by their names. An account appears at first use, with its first mailboxes. */
export class Accounts {
  readonly #db: Database;
  readonly #ids = new Map<string, number>();

  constructor(db: Database) {
    this.#db = db;
  }

  async id(name: string): Promise<number> {
    return this.#ids.get(name) ?? (await this.ids([name])).get(name) ?? 0;
  }

  async ids(names: readonly string[]): Promise<Map<string, number>> {
    const distinct = [...new Set(names)];
    const unknown = distinct.filter((name) => !this.#ids.has(name));
    if (unknown.length > 0) {
      const rows = await this.#find(unknown);
      const found = new Set(rows.map((row) => row.name));
      for (const name of unknown) if (!found.has(name)) rows.push({ name, id: await this.#make(name) });
      if (this.#ids.size > CACHE) this.#ids.clear();
      for (const { name, id } of rows) this.#ids.set(name, id);
      return new Map(
        distinct.map((name) => [name, this.#ids.get(name) ?? rows.find((row) => row.name === name)?.id ?? 0]),
      );
    }
    return new Map(distinct.map((name) => [name, this.#ids.get(name) ?? 0]));
  }

  /** Those that exist, without making any. */
  #find(names: readonly string[]): Promise<{ name: string; id: number }[]> {
    return this.#db.rows<{ name: string; id: number }>('SELECT name, id FROM account WHERE name = ANY($1)', [names]);
  }

  /** One statement, so that nobody sees an account without its INBOX. */
  async #make(name: string): Promise<number> {
    const first = await takeUidValidities(this.#db, FIRST_MAILBOXES.length);
    await this.#db.rows(
      `WITH made AS (INSERT INTO account (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id),
       given AS (SELECT * FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS v (name, use, object_id, n)),
       subscribed AS (INSERT INTO subscription (account, name) SELECT made.id, given.name FROM made, given)
       INSERT INTO mailbox (account, name, special_use, object_id, uid_validity)
       SELECT made.id, given.name, given.use, given.object_id, $5::bigint + given.n - 1 FROM made, given`,
      [
        name,
        FIRST_MAILBOXES.map(([mailbox]) => mailbox),
        FIRST_MAILBOXES.map(([, use]) => use),
        FIRST_MAILBOXES.map(() => newObjectId('F')),
        first,
      ],
    );
    const [row] = await this.#find([name]);
    if (!row) throw new StoreError('INTERNAL', 'the account could not be made');
    return row.id;
  }
}
