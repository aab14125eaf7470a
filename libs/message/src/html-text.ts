const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  bull: '•',
  middot: '·',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  ecirc: 'ê',
  agrave: 'à',
  aacute: 'á',
  acirc: 'â',
  ccedil: 'ç',
  ntilde: 'ñ',
  oacute: 'ó',
  iacute: 'í',
  uacute: 'ú',
  ocirc: 'ô',
  aring: 'å',
  oslash: 'ø',
  aelig: 'æ',
};
const BLOCK =
  /^\/?(?:address|article|aside|blockquote|br|dd|div|dl|dt|footer|h[1-6]|header|hr|li|ol|p|pre|section|table|td|th|tr|ul)$/;
/** Elements whose content is no text. */
const SILENT = new Set(['script', 'style', 'template', 'noscript']);

function entity(whole: string, name: string): string {
  if (name[0] !== '#') return ENTITIES[name] ?? whole;
  const code = name[1] === 'x' || name[1] === 'X' ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
  const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return valid ? String.fromCodePoint(code) : ' ';
}

/** End of the tag opening at `start`, past its `>`; quoted attribute values may hold one. */
function tagEnd(html: string, start: number): number {
  let quote = '';
  // A quote left open must not eat the rest of the page.
  const limit = Math.min(html.length, start + 4096);
  for (let i = start + 1; i < limit; i++) {
    const c = html[i]!;
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '>') return i + 1;
    else if ((c === '"' || c === "'") && html[i - 1] === '=') quote = c;
  }
  const plain = html.indexOf('>', start);
  return plain < 0 ? html.length : plain + 1;
}

/** Text of an HTML page for searching: tags, comments, scripts and styles gone, entities decoded, blanks joined. Linear. */
export function htmlText(html: string): string {
  const out: string[] = [];
  // ASCII only: other letters may change length, and offsets must agree.
  const lower = html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  let pos = 0;
  while (pos < html.length) {
    const lt = html.indexOf('<', pos);
    if (lt < 0) break;
    out.push(html.slice(pos, lt));
    const name = /^[!/?a-z][a-z0-9]*/.exec(lower.slice(lt + 1, lt + 20))?.[0];
    if (name === undefined) {
      out.push('<');
      pos = lt + 1;
      continue;
    }
    if (lower.startsWith('<!--', lt)) {
      const close = html.indexOf('-->', lt + 4);
      pos = close < 0 ? html.length : close + 3;
      continue;
    }
    pos = tagEnd(html, lt);
    if (SILENT.has(name)) {
      const close = lower.indexOf(`</${name}`, pos);
      pos = close < 0 ? html.length : tagEnd(html, close);
    }
    if (BLOCK.test(lower.slice(lt + 1, lt + 20).match(/^\/?[a-z0-9]*/)![0])) out.push('\n');
  }
  out.push(html.slice(pos));
  return out
    .join('')
    .replace(/&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});/g, entity)
    .replace(/[ \t\r\u00a0]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();
}
