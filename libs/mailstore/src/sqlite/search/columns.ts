import type { Reader } from '../read/reader.ts';

type Row = [
  uid: number,
  mail: number,
  bits: number,
  keywords: string | null,
  modseq: number,
  date: number,
  sent: number | null,
  zone: number | null,
  savedAt: number,
  size: number,
];

const SELECT =
  'SELECT uid, mail, flags, keywords, modseq, date, sent, zone, saved_at, size FROM message WHERE mailbox = ?';

/** Octets of one message in all arrays together. */
const ROW_OCTETS = 58;

/**
 * The messages of one mailbox column by column, in ascending UID order: what flags, dates, sizes and orders are looked up in. Brought
 * up to date by MODSEQ. `sent` is NaN where there is no date.
 */
export class MailboxColumns {
  readonly mailbox: number;
  count = 0;
  uid = new Uint32Array(0);
  mail = new Uint32Array(0);
  bits = new Uint8Array(0);
  /** Index into `keywords`; 0 for none. */
  words = new Uint32Array(0);
  modseq = new Float64Array(0);
  date = new Float64Array(0);
  sent = new Float64Array(0);
  zone = new Int16Array(0);
  savedAt = new Float64Array(0);
  size = new Float64Array(0);
  /** Distinct keyword lists of the messages. */
  readonly keywords: string[] = [''];
  readonly #wordIndex = new Map<string, number>([['', 0]]);
  /** Sort keys that are no numbers, of the first messages: as many as were there when they were read. */
  readonly texts = new Map<string, string[]>();
  /** All positions in the orders that were asked for since messages last came or went. */
  readonly orders = new Map<string, Uint32Array>();
  /** Counts up when messages come or go, but not with their flags. */
  generation = 0;
  #highest = 0;
  #byMail: Uint32Array | null = null;

  constructor(mailbox: number) {
    this.mailbox = mailbox;
  }

  get octets(): number {
    let texts = 0;
    for (const list of this.texts.values()) texts += list.length * 48;
    return this.uid.length * (ROW_OCTETS + this.orders.size * 4) + texts;
  }

  /** Brings it to what the mailbox is now; false when it has to be read anew instead. */
  update(reader: Reader, now: { readonly highestModseq: number; readonly messages: number }): boolean {
    if (this.#highest === now.highestModseq) return this.count === now.messages;
    if (this.#highest === 0) this.#load(reader, now.messages);
    else {
      if (this.#highest < reader.vanishedFloor(this.mailbox)) return false;
      const vanished = reader
        .arrays('SELECT uid FROM vanished WHERE mailbox = ? AND modseq > ?')
        .all(this.mailbox, this.#highest) as unknown as [number][];
      const changed = reader.arrays(`${SELECT} AND modseq > ?`).all(this.mailbox, this.#highest) as unknown as Row[];
      this.#remove(new Set(vanished.map(([uid]) => uid)));
      this.#apply(changed.sort((a, b) => a[0] - b[0]));
    }
    this.#highest = now.highestModseq;
    return this.count === now.messages;
  }

  #load(reader: Reader, messages: number): void {
    this.#reserve(messages);
    for (const row of reader.arrays(`${SELECT} ORDER BY uid`).iterate(this.mailbox))
      this.#append(row as unknown as Row);
    this.#changed();
  }

  #apply(rows: readonly Row[]): void {
    const before = this.count;
    for (const row of rows) {
      const at = row[0] > (this.uid[this.count - 1] ?? 0) ? -1 : this.indexOf(row[0]);
      if (at < 0) this.#append(row);
      else {
        this.bits[at] = row[2];
        this.words[at] = this.#word(row[3]);
        this.modseq[at] = row[4];
      }
    }
    if (this.count !== before) this.#changed();
  }

  #append(row: Row): void {
    if (this.count === this.uid.length) this.#reserve(Math.ceil(this.count * 1.25) + 64);
    const at = this.count++;
    [this.uid[at], this.mail[at], this.bits[at]] = row;
    this.words[at] = this.#word(row[3]);
    this.modseq[at] = row[4];
    this.date[at] = row[5];
    this.sent[at] = row[6] ?? NaN;
    this.zone[at] = row[7] ?? 0;
    this.savedAt[at] = row[8];
    this.size[at] = row[9];
  }

  #reserve(size: number): void {
    const grown = <T extends { set(from: T): void }>(from: T, make: new (n: number) => T): T => {
      const to = new make(size);
      to.set(from);
      return to;
    };
    this.uid = grown(this.uid, Uint32Array);
    this.mail = grown(this.mail, Uint32Array);
    this.bits = grown(this.bits, Uint8Array);
    this.words = grown(this.words, Uint32Array);
    this.modseq = grown(this.modseq, Float64Array);
    this.date = grown(this.date, Float64Array);
    this.sent = grown(this.sent, Float64Array);
    this.zone = grown(this.zone, Int16Array);
    this.savedAt = grown(this.savedAt, Float64Array);
    this.size = grown(this.size, Float64Array);
  }

  #remove(uids: ReadonlySet<number>): void {
    if (uids.size === 0) return;
    const { uid, mail, bits, words, modseq, date, sent, zone, savedAt, size } = this;
    const numbers = [uid, mail, bits, words, modseq, date, sent, zone, savedAt, size];
    const lists = [...this.texts.values()];
    const lengths = lists.map((list) => list.length);
    const kept = lists.map(() => 0);
    let to = 0;
    for (let from = 0; from < this.count; from++) {
      if (uids.has(uid[from] ?? 0)) continue;
      for (const column of numbers) column[to] = column[from] ?? 0;
      lists.forEach((list, i) => {
        if (from >= (lengths[i] ?? 0)) return;
        list[to] = list[from] ?? '';
        kept[i] = to + 1;
      });
      to++;
    }
    lists.forEach((list, i) => (list.length = kept[i] ?? 0));
    if (to !== this.count) this.#changed();
    this.count = to;
  }

  #changed(): void {
    this.generation++;
    this.orders.clear();
    this.#byMail = null;
  }

  #word(keywords: string | null): number {
    const text = keywords ?? '';
    let index = this.#wordIndex.get(text);
    if (index === undefined) {
      index = this.keywords.push(text) - 1;
      this.#wordIndex.set(text, index);
    }
    return index;
  }

  /** Position of a UID, -1 when it is not there. */
  indexOf(uid: number): number {
    const at = this.lowerBound(uid);
    return at < this.count && this.uid[at] === uid ? at : -1;
  }

  /** First position whose UID is at least this. */
  lowerBound(uid: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.uid[middle] ?? 0) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Positions in ascending order of their mail: mostly the order they are in. */
  byMail(): Uint32Array {
    if (this.#byMail) return this.#byMail;
    const positions = Uint32Array.from({ length: this.count }, (_, i) => i);
    let ascending = true;
    for (let i = 1; i < this.count && ascending; i++) ascending = (this.mail[i - 1] ?? 0) <= (this.mail[i] ?? 0);
    if (!ascending) positions.sort((a, b) => (this.mail[a] ?? 0) - (this.mail[b] ?? 0));
    return (this.#byMail = positions);
  }
}
