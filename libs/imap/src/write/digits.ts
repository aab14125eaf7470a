/** Writes a number from 0 to 2^53 in decimal at `at`; returns where it stopped. Sixteen octets at most. */
export function digits(buffer: Uint8Array, at: number, n: number): number {
  let end = at + 1;
  for (let rest = n; rest >= 10; rest = Math.floor(rest / 10)) end++;
  let rest = n;
  for (let i = end - 1; i >= at; i--) {
    const tens = Math.floor(rest / 10);
    buffer[i] = 0x30 + rest - tens * 10;
    rest = tens;
  }
  return end;
}
