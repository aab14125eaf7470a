import type { Io } from './io.ts';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
export type Style = (how: keyof typeof CODES, text: string) => string;

/** Colours only for a terminal, and not when NO_COLOR says so. */
export function styleFor({ stdout, env }: Io): Style {
  const on = stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return on ? (how, text) => `\u001b[${CODES[how]}m${text}\u001b[0m` : (_how, text) => text;
}

/** What came from the network must not steer the terminal: control characters are shown as a dot. */
export const plain = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '·');

/** Columns under their heads; the last one is as long as it is. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], style: Style): string {
  const clean = rows.map((row) => row.map(plain));
  const widths = heads.map((head, i) => Math.max(head.length, ...clean.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [style('dim', line(heads)), ...clean.map(line)].join('\n');
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`;
  const s = Math.round(ms / 100) / 10;
  if (s < 60) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}

export function bytes(n: number): string {
  if (n < 1_024) return `${n} B`;
  const unit = Math.min(3, Math.floor(Math.log2(n) / 10));
  const value = n / 1_024 ** unit;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${['B', 'KiB', 'MiB', 'GiB'][unit]}`;
}
