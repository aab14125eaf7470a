const FILLER = `${'The quick brown fox jumps over the lazy dog. 0123456789 abcdefghijklmno'.padEnd(76, '.')}\r\n`;

/** A plain message of about `size` bytes, without lines that begin with a dot; ends with CRLF. */
export function messageOf(options: { from: string; to: string; size: number; id: string }): Buffer {
  const header = `From: <${options.from}>\r\nTo: <${options.to}>\r\nSubject: bench ${options.id}\r\nDate: ${new Date().toUTCString().replace('GMT', '+0000')}\r\nMessage-ID: <${options.id}.${process.pid}@bench.local>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n`;
  const lines = Math.max(1, Math.ceil((options.size - header.length) / FILLER.length));
  return Buffer.from(header + FILLER.repeat(lines));
}
