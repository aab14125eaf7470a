/**
 * Many octet strings as one parameter: `pg` sends one Buffer as it is, but an array of them in hexadecimal. Statements cut pieces out
 * by `substring(blob FROM offset FOR length)`.
 */
export class Blob {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  /** Offset of the piece, counted from 1 as SQL does. */
  add(piece: Uint8Array): number {
    const offset = this.#size + 1;
    this.#pieces.push(piece);
    this.#size += piece.length;
    return offset;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces, this.#size);
  }
}

/** Column-wise parameters for `unnest`: one array per property, in the order of `columns`. */
export function columns<R extends object, K extends keyof R>(rows: readonly R[], ...names: K[]): R[K][][] {
  return names.map((name) => rows.map((row) => row[name]));
}

/** Text that a column can hold: PostgreSQL's knows no NUL, and unpaired surrogates are no UTF-8. */
export function plain(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
