import type { MessageStructure, Part } from '@postroad/message';
import { headerText, type MessageText, messageText, type ReadRange } from '../../text.ts';
import { UNIT_END } from '../../fold.ts';
import { MessageGone } from '../../types.ts';
import type { Sql } from '../database.ts';
import type { Objects } from '../objects.ts';

/** As in text.ts: what a search looks at of a header section, and of all text parts. */
const HEADER_LIMIT = 1 << 20;
const TEXT_LIMIT = 16 << 20;

/** A mail whose text is wanted. */
export interface MailContent {
  readonly mail: number;
  readonly prefix: Buffer;
  readonly structure: string;
  readonly size: number;
  /** The octets of a small content. */
  readonly bytes: Buffer | null;
  readonly object: string | null;
}

/** Octets of contents one read may bring. */
const OCTETS = 2 << 20;

/** Contents of mails, some at a time; those that are gone are left out. */
export async function* mailContents(sql: Sql, mails: readonly number[]): AsyncGenerator<MailContent> {
  const sizes = await sql.rows<{ mail: number; octets: number }>(
    `SELECT p.id AS mail, CASE WHEN c.object IS NULL THEN c.size ELSE 0 END + length(c.structure) AS octets
     FROM mail p JOIN content c ON c.id = p.content WHERE p.id = ANY($1) ORDER BY p.id`,
    [mails],
  );
  for (let at = 0; at < sizes.length;) {
    const ids: number[] = [];
    for (let octets = 0; at < sizes.length && octets < OCTETS; at++) {
      ids.push(sizes[at]?.mail ?? 0);
      octets += sizes[at]?.octets ?? 0;
    }
    yield* await sql.rows<MailContent>(
      `SELECT p.id AS mail, p.prefix, c.structure, c.size, c.bytes, c.object FROM mail p JOIN content c ON c.id = p.content
       WHERE p.id = ANY($1) ORDER BY p.id`,
      [ids],
    );
  }
}

const NOTHING: MessageText = { header: UNIT_END + UNIT_END, body: UNIT_END + UNIT_END };

/** The searched text of a mail; of its header alone when `body` is false. Of a large content only the parts that have text are read. */
export async function textOf(objects: Objects, content: MailContent, body: boolean): Promise<MessageText> {
  const { part } = JSON.parse(content.structure) as MessageStructure;
  try {
    const read = await reader(objects, content, part, body);
    if (body) return messageText(content.prefix, part, read);
    return { header: headerText(content.prefix, part, read), body: NOTHING.body };
  } catch (error) {
    // removed while it was read: it is in no mailbox any more
    if (error instanceof MessageGone) return NOTHING;
    throw error;
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

async function reader(objects: Objects, content: MailContent, part: Part, body: boolean): Promise<ReadRange> {
  const { bytes, object } = content;
  if (bytes) return (start, end) => bytes.subarray(start, Math.max(start, end));
  if (object === null) throw new MessageGone(0);
  const loaded: { readonly start: number; readonly octets: Buffer }[] = [];
  for (const { start, end } of merged(body ? ranges(part) : [headerRange(part)])) {
    const pieces: Uint8Array[] = [];
    for await (const piece of objects.read(object, 0, start, Math.min(end, content.size))) pieces.push(piece);
    loaded.push({ start, octets: Buffer.concat(pieces) });
  }
  return (start, end) => {
    const found = loaded.find((each) => each.start <= start && start < each.start + each.octets.length);
    return found ? found.octets.subarray(start - found.start, Math.max(start, end) - found.start) : Buffer.alloc(0);
  };
}

function headerRange(part: Part): Range {
  return { start: part.headerStart, end: Math.min(part.bodyStart, part.headerStart + HEADER_LIMIT) };
}

/** What `messageText` reads, in order. */
function ranges(root: Part): Range[] {
  const found: Range[] = [];
  let left = TEXT_LIMIT;
  const visit = (part: Part): void => {
    found.push(headerRange(part));
    if (part.parts) part.parts.forEach(visit);
    else if (part.message) visit(part.message.part);
    else if (part.type === 'text' && left > 0) {
      const end = Math.min(part.bodyEnd, part.bodyStart + left);
      left -= end - part.bodyStart;
      found.push({ start: part.bodyStart, end });
    }
  };
  visit(root);
  return found;
}

/** Ranges that touch, or nearly, as one: a request to the object storage costs more than some octets. */
function merged(given: readonly Range[]): Range[] {
  const near = 64 << 10;
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of [...given].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && start <= last.end + near) last.end = Math.max(last.end, end);
    else if (end > start) result.push({ start, end });
  }
  return result;
}
