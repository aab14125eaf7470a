import { splitEnhancedStatus } from './enhanced-status.ts';
import { SmtpProtocolError } from './error.ts';
import { LineReader } from './line-reader.ts';
import { RFC5321_LIMITS, type SmtpLimits } from './limits.ts';
import type { Reply } from './reply.ts';

/** `Reply-line` (RFC 5321 §4.2); the first digit 2–5, the second 0–5. A code alone is allowed (§4.2, “should be tolerated”). */
const LINE = /^([2-5][0-5]\d)(?:([ -])(.*))?$/s;

/**
 * Reads replies off a stream: `push(chunk)` gives those that are complete. Lines of one reply must carry the same
 * code (§4.2.1). Throws {@link SmtpProtocolError}, after which the connection is of no use.
 */
export class ReplyParser {
  readonly #limits: SmtpLimits;
  readonly #reader: LineReader;
  #code = 0;
  #texts: string[] = [];
  #offset = 0;

  constructor(limits: SmtpLimits = RFC5321_LIMITS) {
    this.#limits = limits;
    this.#reader = new LineReader(limits.replyLine);
  }

  push(chunk: Uint8Array): Reply[] {
    this.#reader.push(chunk);
    const replies: Reply[] = [];
    for (let line = this.#reader.next(); line !== null; line = this.#reader.next()) {
      const done = this.#line(line.toString('utf8'));
      this.#offset += line.length + 2;
      if (done !== null) replies.push(done);
    }
    return replies;
  }

  #line(text: string): Reply | null {
    const match = LINE.exec(text);
    if (match === null) throw new SmtpProtocolError('BAD_REPLY', this.#offset);
    const code = Number(match[1]);
    if (this.#texts.length > 0 && code !== this.#code) throw new SmtpProtocolError('BAD_REPLY', this.#offset);
    this.#code = code;
    this.#texts.push(match[3] ?? '');
    if (match[2] === '-') {
      if (this.#texts.length >= this.#limits.replyLines) throw new SmtpProtocolError('TOO_MANY_LINES', this.#offset);
      return null;
    }
    const texts = this.#texts;
    this.#texts = [];
    return assemble(code, texts);
  }
}

/** The status counts only when every line carries the same one (RFC 2034 §4); otherwise it stays in the text. */
function assemble(code: number, texts: string[]): Reply {
  const first = splitEnhancedStatus(code, texts[0] ?? '');
  if (first === null) return { code, lines: texts };
  const lines: string[] = [];
  for (const text of texts) {
    const split = splitEnhancedStatus(code, text);
    if (split === null || split.status !== first.status) return { code, lines: texts };
    lines.push(split.text);
  }
  return { code, status: first.status, lines };
}
