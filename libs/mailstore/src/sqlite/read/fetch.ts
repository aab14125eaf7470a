import { StoreError } from '../../types.ts';
import type { FetchPage, FetchRequest, FetchRow } from '../protocol.ts';
import type { Reader } from './reader.ts';

/** A page holds at most so many messages, and ends once it holds so many octets of content. */
const PAGE_MESSAGES = 256;
const PAGE_OCTETS = 1 << 20;

const STATE = 'SELECT uid, flags, keywords, modseq, date, size, mail FROM message WHERE mailbox = ? AND uid = ?';
const MAIL = 'SELECT content, length(prefix) FROM mail WHERE id = ?';

/** The first page of the messages asked for. */
export function fetchPage(reader: Reader, request: FetchRequest): FetchPage {
  reader.mailboxById(reader.account(request.account), request.mailbox);
  const state = reader.arrays(STATE);
  const mail = reader.arrays(MAIL);
  const structure = reader.arrays('SELECT structure FROM content WHERE id = ?');
  const rows: FetchRow[] = [];
  let octets = 0;
  let taken = 0;
  for (const wanted of request.uids) {
    if (rows.length >= PAGE_MESSAGES || octets >= PAGE_OCTETS) break;
    taken++;
    const found = state.get(request.mailbox, wanted) as unknown as
      [number, number, string | null, number, number, number, number] | undefined;
    if (!found) continue;
    const [uid, bits, keywords, modseq, date, size, mailId] = found;
    let row: FetchRow = { uid, bits, keywords, modseq, date, size, ...NOTHING };
    if (request.structure || request.content) {
      const [content, prefixSize] = mail.get(mailId) as unknown as [number, number];
      row = { ...row, prefixSize };
      if (request.structure) row = { ...row, structure: (structure.get(content) as unknown as [string])[0] };
      if (request.content) row = { ...row, ...octetsOf(reader, mailId) };
    }
    octets += row.bytes?.length ?? 0;
    rows.push(row);
  }
  return { rows, taken };
}

const NOTHING = { prefixSize: 0, structure: undefined, bytes: undefined, prefix: undefined, file: undefined };

/** Prefix and content in one buffer of its own (it is transferred), or the prefix and the name of the content's file. */
function octetsOf(reader: Reader, mail: number): Pick<FetchRow, 'bytes' | 'prefix' | 'file'> {
  const select = reader.arrays(
    'SELECT m.prefix, c.file, c.bytes FROM mail m JOIN content c ON c.id = m.content WHERE m.id = ?',
  );
  const row = select.get(mail) as unknown as [Uint8Array, string | null, Uint8Array | null] | undefined;
  if (!row) throw new StoreError('UNAVAILABLE', 'a message has lost its content');
  const [prefix, file, content] = row;
  if (file !== null) return { bytes: undefined, prefix, file };
  if (!content) throw new StoreError('UNAVAILABLE', 'a message has lost its content');
  if (prefix.length === 0) return { bytes: content, prefix: undefined, file: undefined };
  const bytes = new Uint8Array(prefix.length + content.length);
  bytes.set(prefix);
  bytes.set(content, prefix.length);
  return { bytes, prefix: undefined, file: undefined };
}
