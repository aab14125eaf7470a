/** A run of lines at one depth of quoting (`>` as RFC 3676 §4.5 counts them). */
export interface Run {
  readonly depth: number;
  readonly text: string;
}

const MAX_DEPTH = 8;

export function quoteRuns(text: string): Run[] {
  const runs: { depth: number; lines: string[] }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [marks = ''] = /^(?:> ?)*/.exec(line) ?? [];
    const depth = Math.min(MAX_DEPTH, marks.replaceAll(' ', '').length);
    const last = runs.at(-1);
    const rest = line.slice(marks.length);
    if (last?.depth === depth) last.lines.push(rest);
    else runs.push({ depth, lines: [rest] });
  }
  return runs.map(({ depth, lines }) => ({ depth, text: lines.join('\n') }));
}

export type Piece = { readonly text: string; readonly href?: string };

/** Addresses of the web and of mail in a text; what ends a sentence does not belong to them. */
export function linkPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(
    /\bhttps?:\/\/[^\s<>"]{1,2000}|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g,
  )) {
    const found = match[0].replace(/[.,;:!?'")\]}]+$/, '');
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: found, href: found.startsWith('http') ? found : `mailto:${found}` });
    at = match.index + found.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
