/**
 * Lexical tokens of structured fields (RFC 5322 §3.2), tolerant: 8-bit characters are atom text, an unclosed quote or
 * comment ends with the text, an encoded word is one atom even where it holds specials.
 */
export interface Token {
  /** `special` is one of `<>,;:@`. Comments nest and come without their outer parentheses. */
  readonly kind: 'atom' | 'quoted' | 'literal' | 'comment' | 'special';
  readonly text: string;
  /** Blanks stood before it. */
  readonly spaced: boolean;
}

const ATOM = /[^\s"(),:;<>@[\]\\]+/y;
const ENCODED_WORD = /=\?[^?\s]{1,64}\?[bBqQ]\?[^?\s]*\?=/y;

/** End (after the closing character) of a quoted string, literal or comment that opens at `start`, and its content. */
function enclosed(text: string, start: number, close: string, open: string): { end: number; content: string } {
  let content = '';
  let depth = 1;
  let from = start + 1;
  let i = from;
  for (; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\') {
      content += text.slice(from, i);
      from = ++i;
    } else if (c === close) {
      if (--depth === 0) break;
    } else if (c === open) depth++;
  }
  return { end: i + 1, content: content + text.slice(from, Math.min(i, text.length)) };
}

/** Splits unfolded text into tokens, at most `max`. Linear. */
export function tokenize(text: string, max = 20_000): Token[] {
  const tokens: Token[] = [];
  let spaced = false;
  let pos = 0;
  const add = (kind: Token['kind'], value: string, end: number) => {
    tokens.push({ kind, text: value, spaced });
    spaced = false;
    pos = end;
  };
  while (pos < text.length && tokens.length < max) {
    const c = text[pos]!;
    if (c === '"' || c === '(' || c === '[') {
      const close = c === '"' ? '"' : c === '(' ? ')' : ']';
      const { end, content } = enclosed(text, pos, close, c === '(' ? '(' : '');
      add(c === '"' ? 'quoted' : c === '(' ? 'comment' : 'literal', content, end);
      if (c === '(') spaced = true;
    } else if (c === '<' || c === '>' || c === ',' || c === ';' || c === ':' || c === '@') add('special', c, pos + 1);
    else if (c === ' ' || c === '\t' || c === '\r' || c === '\n' || c === ')' || c === ']' || c === '\\') {
      spaced = true;
      pos++;
    } else {
      ENCODED_WORD.lastIndex = pos;
      const word = c === '=' ? ENCODED_WORD.exec(text) : null;
      ATOM.lastIndex = pos;
      const atom = word ?? ATOM.exec(text);
      // Only blanks that JavaScript knows and RFC 5322 does not (U+00A0 …) match nothing.
      if (atom) add('atom', atom[0], pos + atom[0].length);
      else pos++;
    }
  }
  return tokens;
}

/** Text of a structured field without comments, quotes kept (RFC 5322 §3.2.2). */
export function stripComments(text: string): string {
  if (!text.includes('(')) return text;
  let out = '';
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\') {
      if (depth === 0) out += text.slice(i, i + 2);
      i++;
    } else if (depth === 0 && c === '"') {
      quoted = !quoted;
      out += c;
    } else if (!quoted && c === '(') depth++;
    else if (!quoted && c === ')' && depth > 0) {
      depth--;
      out += ' ';
    } else if (depth === 0) out += c;
  }
  return out;
}
