import type { Person } from '../../../src/api-types.ts';

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const year = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

/** Short for a list: the time today, the day this year, otherwise the date. */
export function shortDate(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (date.toDateString() === now.toDateString()) return time.format(date);
  return date.getFullYear() === now.getFullYear() ? day.format(date) : year.format(date);
}

export const longDate = (iso: string) => full.format(new Date(iso));

export const nameOf = ({ name, address }: Person) => name || address;

export const namesOf = (people: readonly Person[]) => people.map(nameOf).join(', ');

export function initials(person: Person | undefined): string {
  const words = (person === undefined ? '?' : nameOf(person)).match(/[\p{L}\p{N}]+/gu) ?? ['?'];
  const [first = '?', second] = words;
  const letters = person?.name ? [first, second] : [first];
  return letters
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase();
}

/** One of eight tints, always the same for an address. */
export function tint(address: string): number {
  let hash = 0;
  for (const c of address.toLowerCase()) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
  return hash % 8;
}

export function fileSize(octets: number): string {
  if (octets < 1024) return `${octets} B`;
  return octets < 1024 * 1024 ? `${Math.round(octets / 1024)} KiB` : `${(octets / 1024 / 1024).toFixed(1)} MiB`;
}
