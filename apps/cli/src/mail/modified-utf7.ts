/**
 * A mailbox name out of modified UTF-7 (RFC 3501 §5.1.3), in which Maildir++ keeps folder names on disk. What is no modified UTF-7 was not
 * written by such a server, and stays as it is.
 */
export function decodeModifiedUtf7(name: string): string {
  if (!/^(?:[\x20-\x25\x27-\x7e]|&[A-Za-z0-9+,]*-)*$/.test(name)) return name;
  return name.replaceAll(/&([A-Za-z0-9+,]*)-/g, (_, text: string) => {
    if (text === '') return '&';
    const octets = Buffer.from(text.replaceAll(',', '/'), 'base64');
    return octets
      .subarray(0, octets.length & ~1)
      .swap16()
      .toString('utf16le');
  });
}
