import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database.ts';
import type { Objects } from '../objects.ts';
import { chunks, headerChunks } from './chunks.ts';
import { type MailContent, mailContents, textOf } from './text.ts';

/** Mails claimed at once, and for how long: the work of a process that dies is taken over after that. */
const BATCH = 64;
const CLAIM_MS = 120_000;
/** How often the queue is looked at when nothing was delivered here; deliveries elsewhere are mostly indexed elsewhere. */
const IDLE_MS = 2_000;
/** Octets of text written with one statement. */
const OCTETS = 1 << 20;

/**
 * Writes the text index behind the deliveries. Every process has one; they share the queue. What is not indexed yet is searched all the
 * same (search.ts), so nothing waits for it.
 */
export class Indexer {
  readonly #db: Database;
  readonly #objects: Objects;
  readonly #stop = new AbortController();
  #wake: (() => void) | null = null;
  #again = false;
  #running: Promise<void> | null = null;

  constructor(db: Database, objects: Objects) {
    this.#db = db;
    this.#objects = objects;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something was delivered. */
  wake(): void {
    this.#again = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
  }

  async backlog(): Promise<number> {
    const [row] = await this.#db.rows<{ n: number }>('SELECT count(*) AS n FROM index_queue');
    return row?.n ?? 0;
  }

  /** Works until nothing is left, also nothing that others have claimed. */
  async catchUp(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if ((await this.#step()) > 0) continue;
      if ((await this.backlog()) === 0) return;
      await sleep(20);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#again = false;
      // a store that is away for a time is not this room's to report: whoever delivers or reads hears of it
      const done = await this.#step().catch(() => 0);
      if (done === BATCH || this.#again) continue;
      await this.#idle();
    }
  }

  #idle(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, IDLE_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Indexes one batch; resolves to how many mails it claimed. */
  async #step(): Promise<number> {
    const now = Date.now();
    const claimed = await this.#db.rows<{ mail: number }>(
      `UPDATE index_queue SET claimed = $2 WHERE mail IN
         (SELECT mail FROM index_queue WHERE claimed < $1 ORDER BY claimed, mail LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING mail`,
      [now, now + CLAIM_MS, BATCH],
    );
    if (claimed.length === 0) return 0;
    let rows: Row[] = [];
    let octets = 0;
    const done = new Set<number>();
    const flush = async (): Promise<void> => {
      await this.#write(rows, [...done]);
      [rows, octets] = [[], 0];
      done.clear();
    };
    const mails = claimed.map(({ mail }) => mail);
    for await (const content of mailContents(this.#db, mails)) {
      // one that cannot be read now stays in the queue: it is looked through with every search, and tried again
      const added = await this.#rowsOf(content).catch(() => null);
      await turn();
      if (!added) continue;
      rows.push(...added);
      octets += added.reduce((n, { text }) => n + text.length, 0);
      done.add(content.mail);
      if (octets >= OCTETS) await flush();
    }
    await flush();
    return claimed.length;
  }

  async #rowsOf(content: MailContent): Promise<Row[]> {
    const { header, body } = await textOf(this.#objects, content, true);
    const { mail } = content;
    return [
      ...headerChunks(header).map((text, n) => ({ mail, part: 0, n, text })),
      ...chunks(body).map((text, n) => ({ mail, part: 1, n, text })),
    ];
  }

  /** Only mails that are still in the queue get rows: another process may have been quicker, or the mail be gone (garbage.ts). */
  async #write(rows: readonly Row[], mails: readonly number[]): Promise<void> {
    if (mails.length === 0) return;
    await this.#db.transaction(async (sql) => {
      const left = await sql.rows<{ mail: number; account: number }>(
        `WITH taken AS (DELETE FROM index_queue WHERE mail IN (SELECT mail FROM index_queue WHERE mail = ANY($1) ORDER BY mail FOR UPDATE)
           RETURNING mail) SELECT p.id AS mail, p.account FROM mail p JOIN taken ON taken.mail = p.id`,
        [mails],
      );
      const accounts = new Map(left.map(({ mail, account }) => [mail, account]));
      const wanted = rows.filter(({ mail }) => accounts.has(mail));
      await sql.rows(
        `INSERT INTO message_text (account, mail, part, n, text)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::int[], $5::text[]) ON CONFLICT DO NOTHING`,
        [
          wanted.map(({ mail }) => accounts.get(mail)),
          wanted.map(({ mail }) => mail),
          wanted.map(({ part }) => part),
          wanted.map(({ n }) => n),
          wanted.map(({ text }) => text),
        ],
      );
    });
  }
}

interface Row {
  readonly mail: number;
  /** 0 header, 1 body. */
  readonly part: number;
  readonly n: number;
  readonly text: string;
}
