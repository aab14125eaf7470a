const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const IPV6_CHARS = /^[0-9a-f:.]{2,45}$/i;

/**
 * `address-literal` (RFC 5321 §4.1.3) in canonical form, brackets included: `[192.0.2.1]`, `[IPv6:2001:db8::1]`. Null when it is
 * malformed or of another kind: no tag but IPv6 is registered. Leading zeros are refused, since some read them as octal.
 */
export function readAddressLiteral(text: string): string | null {
  if (!text.startsWith('[') || !text.endsWith(']')) return null;
  const inner = text.slice(1, -1);
  if (IPV4.test(inner)) return `[${inner}]`;
  if (inner.slice(0, 5).toLowerCase() !== 'ipv6:') return null;
  const address = canonicalIpv6(inner.slice(5));
  return address === null ? null : `[IPv6:${address}]`;
}

/** RFC 5952 form, by the URL parser (which knows every spelling and refuses zone ids). */
function canonicalIpv6(address: string): string | null {
  if (!IPV6_CHARS.test(address)) return null;
  const url = URL.parse(`http://[${address}]/`);
  return url === null ? null : url.hostname.slice(1, -1);
}

/** The literal for an IP address as sockets give it: `[192.0.2.1]` or `[IPv6:…]` (for EHLO and Received). */
export function formatAddressLiteral(ip: string): string {
  const bare = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  return bare.includes(':') ? `[IPv6:${bare}]` : `[${bare}]`;
}
