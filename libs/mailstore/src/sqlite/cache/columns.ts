import type { MessageColumns } from '../../types.ts';
import type { ColumnsPage } from '../protocol.ts';

/** Messages whose columns are kept, some thirty octets each. */
const MAX_MESSAGES = 1 << 20;

interface Kept extends MessageColumns {
  readonly modseq: number;
}

/** Columns of the mailboxes looked at last, each as of a MODSEQ: whoever uses them asks the store for what came after it. */
export class ColumnsCache {
  readonly #kept = new Map<number, Kept>();
  #messages = 0;
  #generation = 0;

  get(mailbox: number): Kept | undefined {
    return this.#kept.get(mailbox);
  }

  /** Forgets everything: something happened that no MODSEQ tells of. */
  clear(): void {
    this.#generation++;
    this.#kept.clear();
    this.#messages = 0;
  }

  /** Brings the columns up to date with what `read` finds after the MODSEQ they are of (0: everything). */
  async update(mailbox: number, read: (since: number) => Promise<ColumnsPage>): Promise<MessageColumns> {
    const generation = this.#generation;
    const before = this.#kept.get(mailbox);
    const page = await read(before?.modseq ?? 0);
    const next = !page.whole && before ? merge(before, page) : wholeOf(page);
    const now = this.#kept.get(mailbox);
    if (generation === this.#generation && (now?.modseq ?? 0) <= next.modseq) this.#keep(mailbox, next);
    return next;
  }

  #keep(mailbox: number, columns: Kept): void {
    this.#drop(mailbox);
    this.#kept.set(mailbox, columns);
    this.#messages += columns.uids.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#messages <= MAX_MESSAGES) break;
      this.#drop(oldest);
    }
  }

  #drop(mailbox: number): void {
    this.#messages -= this.#kept.get(mailbox)?.uids.length ?? 0;
    this.#kept.delete(mailbox);
  }
}

function wholeOf({ modseq, uids, bits, lists, keywords, modseqs, dates, sizes }: ColumnsPage): Kept {
  return { modseq, uids, bits, lists, keywords, modseqs, dates, sizes };
}

/** Never changes what is there: others may be reading it. */
function merge(before: Kept, page: ColumnsPage): Kept {
  if (page.uids.length === 0 && page.vanished.length === 0) return { ...before, modseq: page.modseq };
  const most = before.uids.length + page.uids.length;
  const keywords = [...before.keywords];
  const numbers = new Map(keywords.map((list, i) => [list, i + 1]));
  const numberOf = (list: string): number => {
    let number = numbers.get(list);
    if (number === undefined) numbers.set(list, (number = keywords.push(list)));
    return number;
  };
  const renumbered = page.keywords.map(numberOf);
  const from = { ...page, lists: page.lists.map((list) => (list === 0 ? 0 : (renumbered[list - 1] ?? 0))) };
  const target: Columns = {
    uids: new Uint32Array(most),
    bits: new Uint8Array(most),
    lists: new Uint32Array(most),
    modseqs: new Float64Array(most),
    dates: new Float64Array(most),
    sizes: new Float64Array(most),
  };
  const count = weave(before, from, page.vanished, target);
  const cut = <T extends Uint8Array | Uint32Array | Float64Array>(column: T): T => column.subarray(0, count) as T;
  return {
    modseq: page.modseq,
    keywords,
    uids: cut(target.uids),
    bits: cut(target.bits),
    lists: cut(target.lists),
    modseqs: cut(target.modseqs),
    dates: cut(target.dates),
    sizes: cut(target.sizes),
  };
}

type Columns = Pick<MessageColumns, 'uids' | 'bits' | 'lists' | 'modseqs' | 'dates' | 'sizes'>;

/** Puts the rows of both into `target` by UID, those of `changed` where both have one, none that vanished. Returns how many. */
function weave(before: Columns, changed: Columns, vanished: Uint32Array, target: Columns): number {
  const gone = new Set(vanished);
  let count = 0;
  const put = (source: Columns, from: number, to: number): void => {
    if (from >= to) return;
    for (const name of NAMES) target[name].set(source[name].subarray(from, to), count);
    count += to - from;
  };
  let next = 0;
  let start = 0;
  for (let at = 0; at < before.uids.length; at++) {
    const uid = before.uids[at] ?? 0;
    const isChanged = changed.uids[next] === uid;
    if (!isChanged && (gone.size === 0 || !gone.has(uid))) continue;
    put(before, start, at);
    start = at + 1;
    if (isChanged) {
      put(changed, next, next + 1);
      next++;
    }
  }
  put(before, start, before.uids.length);
  // a message that is new is behind all others: UIDs only grow
  put(changed, next, changed.uids.length);
  return count;
}

const NAMES = ['uids', 'bits', 'lists', 'modseqs', 'dates', 'sizes'] as const;
