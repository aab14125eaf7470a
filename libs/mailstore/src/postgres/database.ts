import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { CustomTypesConfig, PoolClient } from 'pg';
import { StoreError } from '../types.ts';
import { checkServer } from './checks.ts';
import { fromDatabase, isTransient } from './errors.ts';
import type { PostgresStoreOptions } from './options.ts';

/** Runs one statement; inside a transaction, or as one of its own. */
export interface Sql {
  /** A statement written in the code: prepared once per connection. */
  rows<R extends object>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** A statement put together for one occasion. */
  once<R extends object>(text: string, values?: readonly unknown[]): Promise<R[]>;
}

/** Attempts of a transaction that meets others; with jitter, so that those who met do not meet again. */
const ATTEMPTS = 12;
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 500;

/** int8 (OID 20) as a number: nothing here reaches 2^53. */
const types: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): ((value: string) => unknown) =>
    oid === 20 ? Number : (pg.types.getTypeParser(oid, format) as (value: string) => unknown),
};

const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `p${String(names.size)}`));
  return name;
}

/** A pool of connections, each checked to be durable before it is used. */
export class Database implements Sql {
  readonly #pool: pg.Pool;

  constructor(options: PostgresStoreOptions) {
    this.#pool = new pg.Pool({
      application_name: 'postroad-mailstore',
      max: options.connections ?? 10,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      // whoever stops in the middle of a transaction must not hold a mailbox for ever
      idle_in_transaction_session_timeout: 60_000,
      ...(options.url !== undefined && { connectionString: options.url }),
      ...options.pool,
      types,
      verify: (client: PoolClient, done: (error?: Error) => void) => {
        checkServer(client, options.durability ?? 'synced').then(() => done(), done);
      },
    });
    // an idle connection that breaks is replaced by the pool; whoever needs one next hears of it
    this.#pool.on('error', () => undefined);
  }

  rows<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#alone((sql) => sql.rows<R>(text, values));
  }

  once<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#alone((sql) => sql.once<R>(text, values));
  }

  /** One statement is a transaction of its own: it is repeated like one. */
  #alone<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#repeat(() => this.#with(work));
  }

  /** Reads and writes under locks. `work` awaits nothing but `sql`, and may run more than once. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#repeat(() => this.#between('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', work));
  }

  /** Reads of one instant. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#repeat(() => this.#between('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work));
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #repeat<T>(attempt: () => Promise<T>): Promise<T> {
    for (let n = 1; ; n++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isTransient(error)) throw error;
        if (n >= ATTEMPTS)
          throw new StoreError('UNAVAILABLE', `given up after ${String(n)} attempts: ${(error as Error).message}`);
        const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << n);
        await sleep(Math.random() * longest);
      }
    }
  }

  #between<T>(begin: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#with(async (sql) => {
      await sql.once(begin);
      try {
        const result = await work(sql);
        await sql.once('COMMIT');
        return result;
      } catch (error) {
        await sql.once('ROLLBACK').catch(() => sql.lose());
        throw error;
      }
    });
  }

  async #with<T>(work: (sql: Session) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw fromDatabase(error);
    });
    const session = new Session(client);
    // without a listener, a connection lost between two statements would end the process
    const ignore = (): void => session.lose();
    client.on('error', ignore);
    try {
      return await work(session);
    } finally {
      client.off('error', ignore);
      client.release(session.lost);
    }
  }
}

class Session implements Sql {
  readonly #client: PoolClient;
  /** The connection must not be used again. */
  lost = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  lose(): void {
    this.lost = true;
  }

  rows<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#query<R>({ text, values, name: nameOf(text) });
  }

  once<R extends object>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#query<R>({ text, values });
  }

  async #query<R extends object>(query: { text: string; values: readonly unknown[]; name?: string }): Promise<R[]> {
    try {
      const { rows } = await this.#client.query<R>({ ...query, values: [...query.values] });
      return rows;
    } catch (error) {
      const failure = fromDatabase(error);
      if (failure instanceof StoreError && failure.code === 'UNAVAILABLE') this.lost = true;
      throw failure;
    }
  }
}
