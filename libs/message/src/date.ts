import { stripComments } from './tokens.ts';

/** A date-time of a header: `time` in ms since the epoch, `zone` in minutes east of UTC. */
export interface HeaderDate {
  readonly time: number;
  readonly zone: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** RFC 5322 §4.3; the military letters are worth -0000 there, being used wrongly by everybody. */
const ZONES: Record<string, number> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};
const FORM =
  /^(?:[A-Za-z]{3,9}\s*,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3,9})\.?[\s,-]+(\d{2,4})[\s,]+(\d{1,2})\s*[:.]\s*(\d{1,2})(?:\s*[:.]\s*(\d{1,2}))?(?:\.\d{1,9})?\s*([+-]\s?\d{4}|[A-Za-z]{1,5})?/;

function zoneMinutes(zone: string | undefined): number | null {
  if (zone === undefined) return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.replace(/\D/g, '');
  if (digits === '') return ZONES[zone.toUpperCase()] ?? 0;
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return Number(digits.slice(2)) > 59 ? null : sign * minutes;
}

/**
 * Parses a date-time (RFC 5322 §3.3 and §4.3: two-digit years, zone names, comments anywhere). The day of the week is
 * not checked, a missing zone is UTC. Null when it is no date.
 */
export function parseDate(text: string): HeaderDate | null {
  const match = FORM.exec(stripComments(text.slice(0, 512)).trim());
  if (!match) return null;
  const day = Number(match[1]);
  const month = MONTHS.indexOf(match[2]!.slice(0, 3).toLowerCase());
  const digits = match[3]!;
  const written = Number(digits);
  const year = digits.length === 4 ? written : digits.length === 3 || written >= 50 ? 1900 + written : 2000 + written;
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)];
  const zone = zoneMinutes(match[7]);
  if (month < 0 || zone === null || hour > 23 || minute > 59 || second > 60) return null;
  if (day < 1 || day > new Date(Date.UTC(year, month + 1, 0)).getUTCDate()) return null;
  return { time: Date.UTC(year, month, day, hour, minute, second) - zone * 60_000, zone };
}

/** A date-time as RFC 5322 §3.3 writes it, by default in UTC (`+0000`). */
export function formatDate(time: number, zone = 0): string {
  const at = new Date(time + zone * 60_000);
  const two = (n: number) => String(n).padStart(2, '0');
  const month = MONTHS[at.getUTCMonth()]!;
  const offset = `${zone < 0 ? '-' : '+'}${two(Math.floor(Math.abs(zone) / 60))}${two(Math.abs(zone) % 60)}`;
  const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  const day = `${at.getUTCDate()} ${month[0]!.toUpperCase()}${month.slice(1)} ${String(at.getUTCFullYear()).padStart(4, '0')}`;
  return `${DAYS[at.getUTCDay()]}, ${day} ${clock} ${offset}`;
}
