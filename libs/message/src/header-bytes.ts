const EMPTY = Buffer.alloc(0);

/**
 * Holds the octets of the header section being read: a view while it lies within one chunk, a copy once it goes on into
 * the next. Bounded per section and in all; what is beyond is not looked at.
 */
export class HeaderBytes {
  readonly #perSection: number;
  #left: number;
  #chunk: Buffer = EMPTY;
  #chunkOffset = 0;
  #start = 0;
  #copy: Buffer = EMPTY;
  #copied = 0;
  truncated = false;

  constructor(perSection: number, total: number) {
    this.#perSection = perSection;
    this.#left = total;
  }

  /** A new chunk whose first octet is at `offset` of the message. */
  chunk(bytes: Buffer, offset: number): void {
    this.#chunk = bytes;
    this.#chunkOffset = offset;
  }

  /** A section starts at `start` of the message, in this chunk or at its end. */
  begin(start: number): void {
    this.#start = start;
    this.#copied = 0;
  }

  /** The chunk is over: what belongs to a section that goes on is copied. */
  keep(inHeader: boolean): void {
    if (inHeader) this.#append(this.#chunk.length);
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = EMPTY;
  }

  /** Octets [start, end) of the section, cut to the limits; the view is good until the next chunk. */
  take(end: number): Buffer {
    const limit = Math.min(this.#perSection, this.#left);
    const length = end - this.#start;
    const kept = Math.min(length, limit);
    if (length > limit) this.truncated = true;
    const inChunk = this.#start >= this.#chunkOffset && this.#copied === 0;
    if (!inChunk && end > this.#chunkOffset) this.#append(end - this.#chunkOffset);
    this.#left -= kept;
    if (inChunk) return this.#chunk.subarray(this.#start - this.#chunkOffset, this.#start - this.#chunkOffset + kept);
    return this.#copy.subarray(0, kept);
  }

  #append(to: number): void {
    const from = Math.max(0, this.#start - this.#chunkOffset);
    const room = Math.min(this.#perSection, this.#left) - this.#copied;
    const size = Math.min(to - from, room);
    if (size <= 0) return;
    if (this.#copied + size > this.#copy.length) {
      const grown = Buffer.allocUnsafe(Math.max(4096, 2 * (this.#copied + size)));
      this.#copy.copy(grown, 0, 0, this.#copied);
      this.#copy = grown;
    }
    this.#chunk.copy(this.#copy, this.#copied, from, from + size);
    this.#copied += size;
  }
}
