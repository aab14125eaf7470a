/**
 * UIDs of a mailbox as one value: an aggregate of four octets each. Two hundred thousand rows, or an array of them, would take the
 * client several times as long to read. `order` is what follows ORDER BY.
 */
export function packedUids(order: string): string {
  return `string_agg(substring(int8send(m.uid) FROM 5), ''::bytea ORDER BY ${order})`;
}

export function unpackUids(packed: Uint8Array | null): Uint32Array {
  if (!packed) return new Uint32Array(0);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Uint32Array.from({ length: packed.length / 4 }, (_, i) => view.getUint32(i * 4));
}
