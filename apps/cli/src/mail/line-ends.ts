/** CRLF at every line end, as RFC 5322 §2.1 has it; content that has it already is returned as it is. */
export function toCrlf(octets: Buffer): Buffer {
  let missing = 0;
  for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) if (octets[at - 1] !== 13) missing++;
  if (missing === 0) return octets;
  const out = Buffer.allocUnsafe(octets.length + missing);
  let to = 0;
  let from = 0;
  for (let at = octets.indexOf(10); at >= 0; at = octets.indexOf(10, at + 1)) {
    if (octets[at - 1] === 13) continue;
    to += octets.copy(out, to, from, at);
    out[to++] = 13;
    from = at;
  }
  octets.copy(out, to, from);
  return out;
}

/** LF at every line end, as files of this system have it. */
export function toLf(octets: Buffer): Buffer {
  const out = Buffer.allocUnsafe(octets.length);
  let to = 0;
  let from = 0;
  for (let at = octets.indexOf('\r\n'); at >= 0; at = octets.indexOf('\r\n', at + 2)) {
    to += octets.copy(out, to, from, at);
    from = at + 1;
  }
  to += octets.copy(out, to, from);
  return out.subarray(0, to);
}
