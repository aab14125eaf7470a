import type { ColumnsRequest, ColumnsPage } from '../protocol.ts';
import type { Reader } from './reader.ts';

type Row = [uid: number, bits: number, keywords: string | null, modseq: number, date: number, size: number];

/** State of all messages that changed after a MODSEQ, packed, and what vanished since. */
export function columns(reader: Reader, { account, mailbox, since }: ColumnsRequest): ColumnsPage {
  const { highestModseq, messages } = reader.mailboxById(reader.account(account), mailbox);
  const whole = since === 0 || since < reader.vanishedFloor(mailbox);
  const which = whole ? 'ORDER BY uid' : 'AND modseq > ? ORDER BY uid';
  const select = reader.arrays(
    `SELECT uid, flags, keywords, modseq, date, size FROM message WHERE mailbox = ? ${which}`,
  );
  const gone = whole
    ? []
    : (reader.arrays('SELECT uid FROM vanished WHERE mailbox = ? AND modseq > ?').all(mailbox, since) as unknown as [
        number,
      ][]);
  const rows = select.iterate(...(whole ? [mailbox] : [mailbox, since])) as unknown as Iterable<Row>;
  const packed = pack(rows, messages);
  const vanished = Uint32Array.from(gone, ([uid]) => uid).sort();
  return { whole, modseq: highestModseq, ...packed, vanished };
}

/** `most`: no more rows than that are there. */
function pack(rows: Iterable<Row>, most: number): Omit<ColumnsPage, 'whole' | 'modseq' | 'vanished'> {
  const uids = new Uint32Array(most);
  const bits = new Uint8Array(most);
  const lists = new Uint32Array(most);
  const modseqs = new Float64Array(most);
  const dates = new Float64Array(most);
  const sizes = new Float64Array(most);
  const numbers = new Map<string, number>();
  let n = 0;
  for (const [uid, flags, keywords, modseq, date, size] of rows) {
    if (n >= most) throw new RangeError('a mailbox holds more messages than it counts');
    uids[n] = uid;
    bits[n] = flags;
    if (keywords !== null) {
      const number = numbers.get(keywords) ?? numbers.size + 1;
      numbers.set(keywords, number);
      lists[n] = number;
    }
    modseqs[n] = modseq;
    dates[n] = date;
    sizes[n++] = size;
  }
  return {
    uids: uids.subarray(0, n),
    bits: bits.subarray(0, n),
    lists: lists.subarray(0, n),
    keywords: [...numbers.keys()],
    modseqs: modseqs.subarray(0, n),
    dates: dates.subarray(0, n),
    sizes: sizes.subarray(0, n),
  };
}
