import { BlockList, isIP, isIPv4 } from 'node:net';

/** An IPv4 client of a dual-stack listener comes as `::ffff:192.0.2.1`; everywhere here it is `192.0.2.1`. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address.toLowerCase();
}

/**
 * A test for membership in a list of addresses and CIDR blocks (`192.0.2.0/24`, `2001:db8::/32`, `::1`).
 * @throws RangeError for an entry that is neither
 */
export function cidrMatcher(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const length = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
    if (family === 0 || !/^\d{1,3}$/.test(bits ?? '0') || length > (family === 4 ? 32 : 128))
      throw new RangeError(`not an address or CIDR block: ${entry}`);
    list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** The key under which connections of one client are counted: the address, or for IPv6 its /64 (one customer has at least that). */
export function clientKey(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? 0 : tail.split(':').length;
  while (tail !== undefined && groups.length + after < 8) groups.push('0');
  return `${groups.slice(0, 4).join(':')}::/64`;
}
