import { isIP } from 'node:net';
import { plainAddress } from './cidr.ts';

/** The ends of a connection as the proxy saw them. */
export interface ProxiedEnds {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** The client spoke TLS to the proxy (PP2_TYPE_SSL with PP2_CLIENT_SSL, §2.2.5 of the protocol); only version 2 can say so. */
  readonly secure?: boolean;
}

/** `ends` is null for a connection of the proxy's own (v1 UNKNOWN, v2 LOCAL: health checks). `length`: octets of the header. */
export interface ProxyHeader {
  readonly ends: ProxiedEnds | null;
  readonly length: number;
}

const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** The longest v1 line, with its CRLF (HAProxy, “The PROXY protocol” §2.1). */
const V1_MAX = 107;
/** Addresses and TLVs of a v2 header (§2.2) that we are ready to read. */
const V2_MAX_BODY = 2048;

/** Reads a PROXY header, version 1 or 2, at the start of `bytes`; null: more octets are needed; 'malformed': it is none. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | null | 'malformed' {
  const signed = Math.min(bytes.length, V2_SIGNATURE.length);
  if (signed > 0 && bytes.subarray(0, signed).equals(V2_SIGNATURE.subarray(0, signed))) return readV2(bytes);
  return readV1(bytes);
}

function readV1(bytes: Buffer): ProxyHeader | null | 'malformed' {
  const start = bytes.toString('latin1', 0, Math.min(bytes.length, 6));
  if (!'PROXY '.startsWith(start)) return 'malformed';
  const end = bytes.subarray(0, V1_MAX).indexOf('\r\n');
  if (end < 0) return bytes.length >= V1_MAX ? 'malformed' : null;
  const words = bytes.toString('latin1', 6, end).split(' ');
  if (words[0] === 'UNKNOWN') return { ends: null, length: end + 2 };
  const family = words[0] === 'TCP4' ? 4 : words[0] === 'TCP6' ? 6 : 0;
  const [, source = '', target = '', sourcePort = '', targetPort = ''] = words;
  if (words.length !== 5 || family === 0 || isIP(source) !== family || isIP(target) !== family) return 'malformed';
  if (!isPort(sourcePort) || !isPort(targetPort)) return 'malformed';
  return { ends: ends(source, Number(sourcePort), target, Number(targetPort)), length: end + 2 };
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;

function readV2(bytes: Buffer): ProxyHeader | null | 'malformed' {
  if (bytes.length < 16) return null;
  const versionCommand = bytes.readUInt8(12);
  const family = bytes.readUInt8(13);
  const length = bytes.readUInt16BE(14);
  if (versionCommand >> 4 !== 2 || (versionCommand & 15) > 1 || length > V2_MAX_BODY) return 'malformed';
  if (bytes.length < 16 + length) return null;
  const body = bytes.subarray(16, 16 + length);
  const header = (found: ProxiedEnds | null): ProxyHeader => ({ ends: found, length: 16 + length });
  if ((versionCommand & 15) === 0) return header(null);
  if (family === 0x11 && length >= 12) {
    const ip = (at: number): string => body.subarray(at, at + 4).join('.');
    return header(withTls(ends(ip(0), body.readUInt16BE(8), ip(4), body.readUInt16BE(10)), body, 12));
  }
  if (family === 0x21 && length >= 36)
    return header(withTls(ends(ipv6(body, 0), body.readUInt16BE(32), ipv6(body, 16), body.readUInt16BE(34)), body, 36));
  return family === 0x11 || family === 0x21 ? 'malformed' : header(null);
}

const PP2_TYPE_SSL = 0x20;
const PP2_CLIENT_SSL = 1;

/** Looks among the TLVs behind the addresses: type, length of 16 bits, value. */
function withTls(found: ProxiedEnds, body: Buffer, start: number): ProxiedEnds {
  for (let at = start; at + 3 <= body.length; at += 3 + body.readUInt16BE(at + 1)) {
    const value = body.subarray(at + 3, at + 3 + body.readUInt16BE(at + 1));
    if (body[at] === PP2_TYPE_SSL && value.length >= 5)
      return { ...found, secure: ((value[0] ?? 0) & PP2_CLIENT_SSL) === 1 };
  }
  return found;
}

function ipv6(body: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => body.readUInt16BE(at + 2 * i).toString(16));
  const address = new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  return mapped === null ? address : body.subarray(at + 12, at + 16).join('.');
}

function ends(remote: string, remotePort: number, local: string, localPort: number): ProxiedEnds {
  return { remoteAddress: plainAddress(remote), remotePort, localAddress: plainAddress(local), localPort };
}
