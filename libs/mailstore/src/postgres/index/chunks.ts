import { UNIT_END } from '../../fold.ts';

/** Characters of one row of the text index, and how many of them the next row repeats: a needle no longer than that is whole in one. */
const CHUNK = 16_384;
export const OVERLAP = 512;
/** Stands behind the repeated name of a field whose value goes on in another row, so that the name is not found in front of it. */
export const NAME_END = '\u0002';

/** A text in rows; it begins and ends with {@link UNIT_END}, as every row does that has no neighbour on that side. */
export function chunks(text: string): string[] {
  const rows: string[] = [];
  for (let at = 0; ;) {
    const end = whole(text, Math.min(at + CHUNK, text.length));
    rows.push(text.slice(at, end));
    if (end >= text.length) return rows;
    at = whole(text, end - OVERLAP);
  }
}

/** A header in rows: of whole fields where they fit; one that does not is cut, and each piece has its name in front. */
export function headerChunks(text: string): string[] {
  if (text.length <= CHUNK) return [text];
  const rows: string[] = [];
  let row = UNIT_END;
  const flush = (): void => {
    if (row.length > 1) rows.push(row);
    row = UNIT_END;
  };
  for (const unit of text.split(UNIT_END)) {
    if (unit === '') continue;
    if (row.length + unit.length + 1 > CHUNK) flush();
    if (unit.length + 2 <= CHUNK) row += unit + UNIT_END;
    else rows.push(...pieces(unit));
  }
  flush();
  return rows;
}

function pieces(unit: string): string[] {
  const name = unit.slice(0, Math.min(unit.indexOf(':') + 1, OVERLAP));
  return chunks(unit).map((piece, i) => `${UNIT_END}${i === 0 ? '' : name + NAME_END}${piece}${UNIT_END}`);
}

/** An index that cuts no surrogate pair in two. */
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code < 0xe000 ? at - 1 : at;
}
