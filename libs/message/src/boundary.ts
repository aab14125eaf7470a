const DASH = 45;

/** Longest first line piece that can be a delimiter; a longer line never is one, however the input was cut. */
export const MAX_DELIMITER_LINE = 8192;

/** What a multipart waits for. `open` turns false at its close delimiter. */
export interface Boundary {
  readonly bytes: Buffer;
  open: boolean;
}

/** A line that is a delimiter of the `index`th boundary. */
export interface Delimiter {
  readonly index: number;
  readonly close: boolean;
}

/** The boundary parameter as it must be looked for, or null when it cannot be one (RFC 2046 §5.1.1). */
export function boundaryBytes(value: string | undefined): Buffer | null {
  if (!value) return null;
  const bytes = Buffer.from(value);
  return bytes.length + 2 <= MAX_DELIMITER_LINE ? bytes : null;
}

function startsWith(line: Buffer, start: number, end: number, bytes: Buffer): boolean {
  if (end - start < bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) if (line[start + i] !== bytes[i]) return false;
  return true;
}

function blank(line: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (line[i] !== 32 && line[i] !== 9) return false;
  return true;
}

/**
 * Which boundary the line [start, end) (line end excluded) delimits, if any (RFC 2046 §5.1.1). A line that is a delimiter
 * exactly wins over one that only begins like it, a longer boundary over a shorter, an inner over an outer.
 */
export function matchDelimiter(
  line: Buffer,
  start: number,
  end: number,
  boundaries: readonly (Boundary | null)[],
): Delimiter | null {
  if (end - start > MAX_DELIMITER_LINE || line[start] !== DASH || line[start + 1] !== DASH) return null;
  let found: Delimiter | null = null;
  let best = 0;
  for (let index = boundaries.length - 1; index >= 0; index--) {
    const boundary = boundaries[index];
    if (!boundary?.open || !startsWith(line, start + 2, end, boundary.bytes)) continue;
    const rest = start + 2 + boundary.bytes.length;
    const close = line[rest] === DASH && line[rest + 1] === DASH && rest + 2 <= end;
    const exact = blank(line, close ? rest + 2 : rest, end);
    const rank = boundary.bytes.length + (exact ? MAX_DELIMITER_LINE : 0);
    if (rank > best) {
      best = rank;
      found = { index, close };
    }
  }
  return found;
}
