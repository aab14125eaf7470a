/** What a server may say: responses one by one, as octets in latin1; literals are part of the one they stand in. */
export interface Responses {
  readonly lines: readonly string[];
  /** What breaks the grammar of RFC 9051 §9, in words. */
  readonly faults: readonly string[];
}

const LITERAL = /~?\{(\d+)\}$/;
const START =
  /^(?:\* (?:OK|NO|BAD|BYE|PREAUTH|[A-Z]+|\d+ (?:EXISTS|RECENT|EXPUNGE|FETCH|UIDFETCH))(?: |$)|\+ |[!-~]+ (?:OK|NO|BAD) \S)/;

/** Reads the output of a session and looks for what no client could read. */
export function readResponses(output: string): Responses {
  const lines: string[] = [];
  const faults: string[] = [];
  for (let at = 0; at < output.length;) {
    const end = endOf(output, at);
    const line = output.slice(at, end);
    at = end + 2;
    lines.push(line);
    const fault = faultIn(line);
    if (fault) faults.push(`${fault}: ${JSON.stringify(line.slice(0, 300))}`);
  }
  return { lines, faults };
}

/** Where the CRLF of the response beginning at `at` stands. */
function endOf(output: string, at: number): number {
  for (let from = at; ;) {
    const end = output.indexOf('\r\n', from);
    if (end < 0) return output.length;
    const literal = LITERAL.exec(output.slice(Math.max(at, end - 20), end));
    // a client knows the text of a status response from its data by the first word
    if (!literal || /^(?:\* (?:OK|NO|BAD|BYE) |\+ |[^*])/.test(output.slice(at, at + 6))) return end;
    from = end + 2 + Number(literal[1]);
  }
}

function faultIn(line: string): string | null {
  if (!START.test(line)) return 'not a response';
  if (/^(?:\* (?:OK|NO|BAD|BYE) |\+ |[^*])/.test(line)) return /[\r\n\0]/.test(line) ? 'control octet' : null;
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    const octet = line.charAt(at);
    if (octet === '"') {
      at = closingQuote(line, at);
      if (at < 0) return 'open quote';
    } else if (octet === '{') {
      const size = /^\{(\d+)\}\r\n/.exec(line.slice(at, at + 20));
      if (size) at += size[0].length + Number(size[1]) - 1;
    } else if (octet === '(') depth++;
    else if (octet === ')' && --depth < 0) return 'closing parenthesis';
    else if (octet < ' ') return 'control octet';
  }
  return depth === 0 ? null : 'open parenthesis';
}

function closingQuote(line: string, at: number): number {
  for (let i = at + 1; i < line.length; i++) {
    const octet = line.charAt(i);
    if (octet === '\\') i++;
    else if (octet === '"') return i;
    else if (octet === '\r' || octet === '\n' || octet === '\0') return -1;
  }
  return -1;
}
