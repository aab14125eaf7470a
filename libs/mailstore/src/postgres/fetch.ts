import { WIRE_VERSION } from '@postroad/imap/wire';
import type { MessageStructure } from '@postroad/message';
import { wireForms } from '../describe.ts';
import { unpackFlags } from '../flags.ts';
import type { FetchedMessage, FetchWant, MessageBytes } from '../types.ts';
import type { Sql } from './database.ts';
import { checkMailbox } from './mailbox-rows.ts';
import type { Objects } from './objects.ts';

/** Messages of one page, and octets of contents that are held at once. */
const PAGE = 500;
const OCTETS = 1 << 20;

interface Row {
  readonly uid: number;
  readonly bits: number;
  readonly keywords: string | null;
  readonly modseq: number;
  readonly date: number;
  readonly saved: number;
  readonly size: number;
  readonly prefixSize: number;
  readonly emailId: string;
  readonly threadId: string;
  readonly content?: number;
  readonly prefix?: Buffer;
  readonly object?: string | null;
  readonly envelope?: Buffer;
  readonly bodyStructure?: Buffer;
  readonly preview?: string;
  readonly structure?: string;
  readonly wireVersion?: number;
}

/** The statement for one kind of FETCH: only the columns that are asked for, so that nothing large is read in vain. */
function statementFor(want: FetchWant): string {
  const wire = want.envelope === true || want.bodyStructure === true;
  const columns = [
    ...(want.envelope ? ['c.envelope'] : []),
    ...(want.bodyStructure ? ['c.body_structure AS "bodyStructure"'] : []),
    ...(wire ? ['c.wire_version AS "wireVersion"'] : []),
    ...(want.preview ? ['c.preview'] : []),
    ...(want.structure ? ['c.structure'] : []),
    ...(want.content ? ['c.id AS content', 'c.object', 'p.prefix'] : []),
  ];
  return `SELECT m.uid, m.flags AS bits, m.keywords, m.modseq, m.date, m.saved, m.size, length(p.prefix) AS "prefixSize",
      p.email_id AS "emailId", p.thread_id AS "threadId"${columns.map((column) => `, ${column}`).join('')}
    FROM message m JOIN mail p ON p.id = m.mail${columns.length > 0 ? ' JOIN content c ON c.id = p.content' : ''}
    WHERE m.mailbox = $1 AND m.uid = ANY($2) ORDER BY m.uid`;
}

export interface FetchCall {
  readonly account: number;
  readonly mailbox: number;
  readonly uids: readonly number[];
  readonly want: FetchWant;
}

/** Reads messages page by page, one page ahead of the consumer. */
export async function* fetchMessages(sql: Sql, objects: Objects, call: FetchCall): AsyncGenerator<FetchedMessage> {
  await checkMailbox(sql, call.account, call.mailbox);
  const statement = statementFor(call.want);
  const uids = [...new Set(call.uids)].sort((a, b) => a - b);
  const page = (at: number): Promise<Row[]> => sql.rows<Row>(statement, [call.mailbox, uids.slice(at, at + PAGE)]);
  let next = uids.length > 0 ? page(0) : null;
  for (let at = PAGE; next; at += PAGE) {
    const rows: Row[] = await next;
    next = at < uids.length ? page(at) : null;
    // a consumer that stops early leaves this page behind: its failure is nobody's
    next?.catch(() => undefined);
    yield* withContents(sql, objects, rows, call.want);
  }
}

/** Adds the octets of small contents, some messages at a time. */
async function* withContents(
  sql: Sql,
  objects: Objects,
  rows: readonly Row[],
  want: FetchWant,
): AsyncGenerator<FetchedMessage> {
  for (let at = 0; at < rows.length;) {
    const group: Row[] = [];
    for (let octets = 0; at < rows.length && octets < OCTETS; at++) {
      const row = rows[at];
      if (!row) break;
      if (row.object === null) octets += row.size;
      group.push(row);
    }
    const contents = want.content ? await inlineContents(sql, group) : new Map<number, Buffer>();
    for (const row of group) {
      const structure = await structureFor(sql, row);
      const bytes = row.object == null ? inMemory(row, contents) : inObject(row, row.object, objects);
      // expunged and forgotten since its page was read
      if (want.content && !bytes) continue;
      yield toMessage(row, want, structure, bytes);
    }
  }
}

async function inlineContents(sql: Sql, rows: readonly Row[]): Promise<Map<number, Buffer>> {
  const ids = [
    ...new Set(rows.flatMap((row) => (row.object === null && row.content !== undefined ? row.content : []))),
  ];
  if (ids.length === 0) return new Map();
  const found = await sql.rows<{ n: number; bytes: Buffer }>(
    'SELECT v.n, c.bytes FROM unnest($1::bigint[]) WITH ORDINALITY AS v (id, n) JOIN content c ON c.id = v.id',
    [ids],
  );
  return new Map(found.map(({ n, bytes }) => [ids[n - 1] ?? 0, bytes]));
}

/** Wire forms of another version are made anew; a program of this version writes them so with the next delivery only. */
async function structureFor(sql: Sql, row: Row): Promise<string | undefined> {
  if (row.wireVersion === undefined || row.wireVersion === WIRE_VERSION) return row.structure;
  if (row.structure !== undefined) return row.structure;
  const [found] = await sql.rows<{ structure: string }>(
    'SELECT c.structure FROM mail p JOIN content c ON c.id = p.content WHERE p.email_id = $1 LIMIT 1',
    [row.emailId],
  );
  return found?.structure;
}

function toMessage(
  row: Row,
  want: FetchWant,
  structure: string | undefined,
  bytes: MessageBytes | null,
): FetchedMessage {
  const stale = row.wireVersion !== undefined && row.wireVersion !== WIRE_VERSION && structure !== undefined;
  const wire = stale ? wireForms(JSON.parse(structure) as MessageStructure) : row;
  return {
    uid: row.uid,
    flags: unpackFlags(row.bits, row.keywords),
    modseq: row.modseq,
    internalDate: row.date,
    savedAt: row.saved,
    size: row.size,
    prefixSize: row.prefixSize,
    emailId: row.emailId,
    threadId: row.threadId,
    ...(want.envelope && wire.envelope && { envelope: wire.envelope }),
    ...(want.bodyStructure && wire.bodyStructure && { bodyStructure: wire.bodyStructure }),
    ...(row.preview !== undefined && { preview: row.preview }),
    ...(want.structure && structure !== undefined && { structure }),
    ...(want.content && bytes && { bytes }),
  };
}

function inMemory(row: Row, contents: ReadonlyMap<number, Buffer>): MessageBytes | null {
  const content = contents.get(row.content ?? 0);
  if (!content) return null;
  const whole = row.prefix && row.prefix.length > 0 ? Buffer.concat([row.prefix, content]) : content;
  return {
    size: whole.length,
    inline: whole,
    async *read(start = 0, end = whole.length) {
      if (start < end) yield whole.subarray(start, end);
    },
  };
}

function inObject(row: Row, key: string, objects: Objects): MessageBytes {
  const prefix = row.prefix ?? Buffer.alloc(0);
  return {
    size: row.size,
    inline: null,
    async *read(start = 0, end = row.size) {
      const stop = Math.min(end, row.size);
      if (start < Math.min(prefix.length, stop)) yield prefix.subarray(start, stop);
      const from = Math.max(start, prefix.length) - prefix.length;
      if (from < stop - prefix.length) yield* objects.read(key, row.uid, from, stop - prefix.length);
    },
  };
}
