/** Mailbox names on the wire: modified UTF-7 (RFC 3501 §5.1.3). */

/** Decodes a name; null when it is no valid modified UTF-7. Octets above 127 are taken as UTF-8, as many clients send them. */
export function decodeMailboxName(wire: string): string | null {
  if (!wire.includes('&')) return wire;
  let name = '';
  for (let at = 0; at < wire.length;) {
    const shift = wire.indexOf('&', at);
    if (shift < 0) return name + wire.slice(at);
    const end = wire.indexOf('-', shift);
    if (end < 0) return null;
    name += wire.slice(at, shift);
    if (end === shift + 1) name += '&';
    else {
      const coded = wire.slice(shift + 1, end);
      if (!/^[A-Za-z0-9+,]+$/.test(coded)) return null;
      const octets = Buffer.from(coded.replaceAll(',', '/'), 'base64');
      if (octets.length < 2) return null;
      for (let i = 0; i + 1 < octets.length; i += 2) name += String.fromCharCode(octets.readUInt16BE(i));
    }
    at = end + 1;
  }
  return name.isWellFormed() ? name : null;
}

export function encodeMailboxName(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const octets = Buffer.from(run, 'utf16le').swap16();
    return `&${octets.toString('base64').replaceAll('/', ',').replace(/=+$/, '')}-`;
  });
}
