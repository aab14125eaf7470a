import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageStructure } from '@postroad/message';
import { bodyHas, foldCase, headerHas, textHas, type ReadRange } from '../../text.ts';
import type { SearchField } from '../../types.ts';
import type { SearchPage, SearchRequest } from '../protocol.ts';
import type { Reader } from './reader.ts';

/** Octets of content after which a page ends, so that other requests get their turn. */
const PAGE_OCTETS = 1 << 20;
const PAGE_MESSAGES = 200;

const SELECT = `SELECT p.prefix, c.structure, c.file, c.size, c.id FROM message m JOIN mail p ON p.id = m.mail
  JOIN content c ON c.id = p.content WHERE m.mailbox = ? AND m.uid = ?`;

type Row = [prefix: Uint8Array, structure: string, file: string | null, size: number, content: number];

/** Looks through the decoded text of messages, as many as fit one page. Trigrams come later (issue 3); this is their referee. */
export function searchPage(reader: Reader, request: SearchRequest): SearchPage {
  reader.mailboxById(reader.account(request.account), request.mailbox);
  const needle = foldCase(request.text);
  const found: number[] = [];
  let octets = 0;
  let taken = 0;
  for (const uid of request.uids) {
    if (taken >= PAGE_MESSAGES || octets >= PAGE_OCTETS) break;
    taken++;
    const row = reader.arrays(SELECT).get(request.mailbox, uid) as unknown as Row | undefined;
    if (!row) continue;
    octets += row[3];
    if (matches(reader, row, request.field, needle)) found.push(uid);
  }
  return { found, taken };
}

function matches(reader: Reader, row: Row, field: SearchField, needle: string): boolean {
  const [prefix, json, file, , content] = row;
  const { part } = JSON.parse(json) as MessageStructure;
  return withContent(reader, file, content, (read) => {
    if (field === 'body') return bodyHas(part, read, needle);
    const header = Buffer.concat([prefix, read(0, part.bodyStart)]);
    if (field === 'text') return textHas(header, needle) || bodyHas(part, read, needle);
    return headerHas(header, field.header, needle);
  });
}

function withContent<T>(reader: Reader, file: string | null, content: number, work: (read: ReadRange) => T): T {
  if (file === null) {
    const [bytes] = reader.arrays('SELECT bytes FROM content WHERE id = ?').get(content) as unknown as [Uint8Array];
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return work((start, end) => buffer.subarray(start, end));
  }
  const fd = openSync(join(reader.directory, 'content', file), 'r');
  try {
    return work((start, end) => {
      const buffer = Buffer.allocUnsafe(end - start);
      return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, start));
    });
  } finally {
    closeSync(fd);
  }
}
