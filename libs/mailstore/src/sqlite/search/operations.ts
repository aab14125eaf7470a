import { checkSearchKey } from '../../search-key.ts';
import { threadBySubject } from '../../thread/ordered-subject.ts';
import { threadByReferences } from '../../thread/references.ts';
import type { Threadable } from '../../thread/summary.ts';
import type { SearchResult, ThreadNode } from '../../types.ts';
import type { SearchRequest, SortRequest, ThreadRequest } from '../protocol.ts';
import type { Reader } from '../read/reader.ts';
import { ColumnCache } from './cache.ts';
import type { MailboxColumns } from './columns.ts';
import type { Mask, Step } from './context.ts';
import { evaluate } from './evaluate.ts';
import { sorted } from './order.ts';
import { TextIndex } from './text-index.ts';

/** Messages whose summaries are read before others get their turn. */
const SLICE = 2000;

interface Found {
  readonly columns: MailboxColumns;
  readonly positions: Uint32Array;
}

/** Searches of one worker: they share what was read of mailboxes. */
export class Searcher {
  readonly #cache = new ColumnCache();
  readonly #index: TextIndex;

  constructor(directory: string) {
    this.#index = new TextIndex(directory);
  }

  search(reader: Reader, request: SearchRequest): Generator<Step, SearchResult> {
    return this.#matching(reader, request, function* (found) {
      return toResult(found, found.positions);
    });
  }

  sort(reader: Reader, request: SortRequest): Generator<Step, SearchResult> {
    return this.#matching(reader, request, function* (found) {
      return toResult(found, sorted(reader, found.columns, found.positions, request.criteria));
    });
  }

  thread(reader: Reader, request: ThreadRequest): Generator<Step, readonly ThreadNode[]> {
    return this.#matching(reader, request, function* (found) {
      const messages = yield* threadables(reader, found);
      return request.algorithm === 'references' ? threadByReferences(messages) : threadBySubject(messages);
    });
  }

  *#matching<T>(
    reader: Reader,
    request: SearchRequest,
    then: (found: Found) => Generator<Step, T>,
  ): Generator<Step, T> {
    checkSearchKey(request.key);
    const account = reader.account(request.account);
    const columns = this.#cache.take(reader, account, request.mailbox);
    try {
      const all = new Uint8Array(columns.count).fill(1);
      const context = { reader, index: this.#index, account, columns };
      const mask = yield* evaluate(context, request.key, all);
      return yield* then({ columns, positions: positionsOf(mask) });
    } finally {
      this.#cache.release(columns);
    }
  }
}

function positionsOf(mask: Mask): Uint32Array {
  const positions = new Uint32Array(mask.length);
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1) positions[count++] = i;
  return positions.slice(0, count);
}

function toResult({ columns }: Found, positions: Uint32Array): SearchResult {
  const uids = new Uint32Array(positions.length);
  let modseq = 0;
  positions.forEach((position, i) => {
    uids[i] = columns.uid[position] ?? 0;
    modseq = Math.max(modseq, columns.modseq[position] ?? 0);
  });
  return { uids, modseq };
}

type SummaryRow = [baseSubject: string, isReply: number, messageId: string | null, refs: string];

function* threadables(reader: Reader, { columns, positions }: Found): Generator<Step, Threadable[]> {
  const select = (): ReturnType<Reader['arrays']> =>
    reader.arrays(
      `SELECT s.base_subject, s.is_reply, s.message_id, s.refs FROM mail p JOIN summary s ON s.content = p.content
       WHERE p.id = ?`,
    );
  const messages: Threadable[] = [];
  for (const [n, position] of positions.entries()) {
    if (n % SLICE === SLICE - 1) yield { done: n, of: positions.length };
    const row = select().get(columns.mail[position] ?? 0) as unknown as SummaryRow | undefined;
    if (!row) continue;
    const [baseSubject, isReply, messageId, refs] = row;
    const sent = columns.sent[position] ?? NaN;
    messages.push({
      uid: columns.uid[position] ?? 0,
      sent: Number.isNaN(sent) ? null : sent,
      internalDate: columns.date[position] ?? 0,
      baseSubject,
      isReply: isReply === 1,
      messageId,
      references: refs === '' ? [] : refs.split('\n'),
    });
  }
  return messages;
}
