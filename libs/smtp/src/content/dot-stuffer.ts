import { SmtpProtocolError } from '../error.ts';

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const DOT_BYTES = Buffer.from('.');
const END = Buffer.from('.\r\n');
const CRLF_END = Buffer.from('\r\n.\r\n');

/**
 * Writes mail data (RFC 5321 §4.5.2): doubles the dot that begins a line and closes with `<CRLF>.<CRLF>`, adding a CRLF
 * only when the content does not end in one. Content with a bare CR or LF throws {@link SmtpProtocolError}: we send what we would take.
 */
export class DotStuffer {
  /** The two octets before the next one; content begins as if a line had just ended. */
  #lineStart = true;
  #cr = false;
  #offset = 0;

  push(chunk: Uint8Array): Buffer[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const out: Buffer[] = [];
    let from = 0;
    for (let i = 0; i < bytes.length; i++) {
      const octet = bytes[i];
      if (octet === LF) {
        if (!this.#cr) throw new SmtpProtocolError('BARE_LF', this.#offset + i);
        this.#cr = false;
        this.#lineStart = true;
        continue;
      }
      if (this.#cr) throw new SmtpProtocolError('BARE_CR', this.#offset + i - 1);
      if (octet === CR) {
        this.#cr = true;
      } else if (octet === DOT && this.#lineStart) {
        if (i > from) out.push(bytes.subarray(from, i));
        out.push(DOT_BYTES);
        from = i;
      }
      this.#lineStart = false;
    }
    this.#offset += bytes.length;
    if (from < bytes.length) out.push(bytes.subarray(from));
    return out;
  }

  /** The terminator. */
  end(): Buffer {
    if (this.#cr) throw new SmtpProtocolError('BARE_CR', this.#offset - 1);
    return this.#lineStart ? END : CRLF_END;
  }
}
