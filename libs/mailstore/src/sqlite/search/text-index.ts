import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { documentId, FIELD_COLUMNS, fieldStart, indexPath, phrase, readState } from '../index/database.ts';
import type { SearchField } from '../../types.ts';

/** Characters of a phrase asked of the index; the rest of a longer one is looked up in the messages it finds. */
const MAX_PHRASE = 100;
/** Trigrams a text of one or two characters may stand for. */
const MAX_TERMS = 4000;
const TERMS_AT_ONCE = 400;

/** What is in the index at one moment. */
export interface IndexState {
  /** Mails up to this one are in it, but for those skipped. */
  readonly done: number;
  readonly skipped: ReadonlySet<number>;
}

/** What the index says of a text. */
export interface IndexAnswer {
  /** Mails in ascending order. */
  readonly mails: Uint32Array;
  /** False when these are candidates only. */
  readonly exact: boolean;
}

const NOTHING: IndexState = { done: 0, skipped: new Set() };

/** The searching side of the text index. Whatever goes wrong with it, messages can be read instead: then it answers null. */
export class TextIndex {
  readonly #directory: string;
  #db: DatabaseSync | null = null;
  #inode = 0;
  readonly #statements = new Map<string, StatementSync>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  state(): IndexState {
    return (
      this.#guarded((db) => {
        const skipped = this.#arrays(db, 'SELECT mail FROM skipped').all() as unknown as [number][];
        return { done: readState(db).get('done') ?? 0, skipped: new Set(skipped.map(([mail]) => mail)) };
      }) ?? NOTHING
    );
  }

  /** Mails of an account between two that have `needle` (folded; empty for a field's presence) in this field. */
  find(account: number, field: SearchField, needle: string, first: number, last: number): IndexAnswer | null {
    return this.#guarded((db) => {
      const query = this.#query(db, field, needle);
      if (!query) return null;
      const select = this.#arrays(
        db,
        'SELECT json_group_array(rowid - ?) FROM texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ?',
      );
      const range = [documentId(account, first), documentId(account, last)] as const;
      const found = query.expressions.map((expression) => {
        const [json] = select.get(documentId(account, 0), expression, ...range) as unknown as [string];
        return Uint32Array.from(JSON.parse(json) as number[]);
      });
      return { mails: found.length === 1 ? (found[0] ?? new Uint32Array(0)) : union(found), exact: query.exact };
    });
  }

  #query(
    db: DatabaseSync,
    field: SearchField,
    needle: string,
  ): { expressions: readonly string[]; exact: boolean } | null {
    const name = typeof field === 'string' ? null : field.header.toLowerCase();
    const column = name === null ? undefined : FIELD_COLUMNS.get(name);
    if (name !== null && (needle === '' || column === undefined)) {
      const present = `{header} : ${phrase(fieldStart(name))}`;
      if (needle === '' || Array.from(needle).length < 3) return { expressions: [present], exact: needle === '' };
      return { expressions: [`${present} AND {header} : ${phrase(cut(needle))}`], exact: false };
    }
    const columns = column ?? (field === 'body' ? 'body' : 'header body');
    const length = Array.from(needle).length;
    if (length >= 3) return { expressions: [`{${columns}} : ${phrase(cut(needle))}`], exact: length <= MAX_PHRASE };
    const terms = this.#terms(db, needle);
    if (terms.length > MAX_TERMS) return null;
    const groups = [];
    for (let at = 0; at < terms.length; at += TERMS_AT_ONCE)
      groups.push(
        `{${columns}} : (${terms
          .slice(at, at + TERMS_AT_ONCE)
          .map(phrase)
          .join(' OR ')})`,
      );
    return { expressions: groups, exact: true };
  }

  /** Trigrams that begin with a shorter text: since a unit's end and one more stand behind every text, each occurrence begins one. */
  #terms(db: DatabaseSync, needle: string): string[] {
    const select = this.#arrays(db, 'SELECT term FROM terms WHERE term >= ? AND term < ? LIMIT ?');
    const rows = select.all(needle, `${needle}\u{10ffff}`, MAX_TERMS + 1) as unknown as [string][];
    return rows.map(([term]) => term);
  }

  #arrays(db: DatabaseSync, sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guarded<T>(work: (db: DatabaseSync) => T): T | null {
    try {
      return work(this.#open());
    } catch {
      this.#close();
      return null;
    }
  }

  /** The index may have been made anew, as another file. */
  #open(): DatabaseSync {
    const path = indexPath(this.#directory);
    const { ino } = statSync(path);
    if (this.#db && ino === this.#inode) return this.#db;
    this.#close();
    this.#inode = ino;
    return (this.#db = new DatabaseSync(path, { timeout: 1000, readOnly: true }));
  }

  #close(): void {
    this.#statements.clear();
    const db = this.#db;
    this.#db = null;
    try {
      db?.close();
    } catch {
      // broken already
    }
  }
}

function cut(needle: string): string {
  const points = Array.from(needle);
  return points.length <= MAX_PHRASE ? needle : points.slice(0, MAX_PHRASE).join('');
}

function union(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Set<number>();
  for (const list of lists) for (const mail of list) all.add(mail);
  return Uint32Array.from(all).sort();
}
