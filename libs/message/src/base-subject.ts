import { decodeWords } from './encoded-word.ts';

/** What is left of a subject for threading and sorting, and whether something that marks a reply or a forward was taken off. */
export interface BaseSubject {
  readonly base: string;
  readonly isReply: boolean;
}

const BLANK = 32;
const OPEN = 91;
const CLOSE = 93;

/**
 * Base subject (RFC 5256 §2.1) of an unfolded Subject, encoded words not decoded yet. `isReply` says that a `Re:` or `Fwd:`, a
 * trailing `(fwd)`, or `[fwd: …]` was removed. Letters keep their case. Linear in the length.
 */
export function baseSubject(subject: string): BaseSubject {
  // step 1
  const stripper = new Stripper(decodeWords(subject).replace(/[\t\r\n ]+/g, ' '));
  do {
    stripper.trailers();
    stripper.leaders();
  } while (stripper.forward());
  return { base: stripper.left(), isReply: stripper.isReply };
}

/** Works inward from both ends of one text, in which blanks stand alone; nothing is copied before the end. */
class Stripper {
  readonly #text: string;
  readonly #lower: string;
  #start = 0;
  #end: number;
  /** Blobs up to here are known to lead to no `Re:`, so that a long row of them is looked at once. */
  #noReply = 0;
  isReply = false;

  constructor(text: string) {
    this.#text = text;
    // only ASCII words are looked for: a mapping that changes the length must not shift offsets
    this.#lower = text.replace(/[A-Z]+/g, (word) => word.toLowerCase());
    this.#end = text.length;
  }

  left(): string {
    return this.#text.slice(this.#start, this.#end);
  }

  /** Step 2: subj-trailer, as often as it matches. */
  trailers(): void {
    for (;;) {
      if (this.#end > this.#start && this.#lower.charCodeAt(this.#end - 1) === BLANK) this.#end--;
      else if (this.#end - this.#start >= 5 && this.#lower.startsWith('(fwd)', this.#end - 5)) {
        this.#end -= 5;
        this.isReply = true;
      } else return;
    }
  }

  /** Steps 3 to 5: subj-leader, and subj-blob where something is left behind it. */
  leaders(): void {
    for (;;) {
      if (this.#start < this.#end && this.#lower.charCodeAt(this.#start) === BLANK) {
        this.#start++;
        continue;
      }
      const reply = this.#replyFrom(this.#start);
      if (reply >= 0) {
        this.#start = reply;
        this.isReply = true;
        continue;
      }
      const blob = this.#blob(this.#start);
      if (blob < 0 || blob >= this.#end) return;
      this.#start = blob;
    }
  }

  /** Step 6: `[fwd: …]` around all that is left. */
  forward(): boolean {
    const inside = this.#start + 5;
    if (inside >= this.#end || this.#lower.charCodeAt(this.#end - 1) !== CLOSE) return false;
    if (!this.#lower.startsWith('[fwd:', this.#start)) return false;
    this.#start = inside;
    this.#end--;
    // what was known of the blob around it says nothing of what is inside
    this.#noReply = 0;
    this.isReply = true;
    return true;
  }

  /** End of `*subj-blob subj-refwd` at `from`, -1 when it is not there. */
  #replyFrom(from: number): number {
    if (from < this.#noReply) return -1;
    let at = from;
    for (let next = this.#blob(at); next >= 0; next = this.#blob(at)) at = next;
    const end = this.#refwd(at);
    if (end < 0) this.#noReply = at;
    return end;
  }

  /** End of `("re" / "fw" / "fwd") *WSP [subj-blob] ":"`. */
  #refwd(from: number): number {
    const text = this.#lower;
    let at = text.startsWith('re', from)
      ? from + 2
      : text.startsWith('fwd', from)
        ? from + 3
        : text.startsWith('fw', from)
          ? from + 2
          : -1;
    if (at < 0) return -1;
    at = this.#blank(at);
    const blob = this.#blob(at);
    if (blob >= 0) at = blob;
    return at < this.#end && text[at] === ':' ? at + 1 : -1;
  }

  /** End of `"[" *BLOBCHAR "]" *WSP`; no bracket stands inside one. */
  #blob(from: number): number {
    if (from >= this.#end || this.#lower.charCodeAt(from) !== OPEN) return -1;
    for (let at = from + 1; at < this.#end; at++) {
      const code = this.#lower.charCodeAt(at);
      if (code === OPEN) return -1;
      if (code === CLOSE) return this.#blank(at + 1);
    }
    return -1;
  }

  #blank(at: number): number {
    return at < this.#end && this.#lower.charCodeAt(at) === BLANK ? at + 1 : at;
  }
}
