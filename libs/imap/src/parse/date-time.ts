const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DATE_TIME = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/;
const DATE = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/;

function month(name: string): number {
  return MONTHS.findIndex((known) => known.toLowerCase() === name.toLowerCase());
}

/** date-time (RFC 3501 §9) as ms since the epoch; null when it is none. */
export function parseDateTime(text: string): number | null {
  const match = DATE_TIME.exec(text);
  if (!match) return null;
  const [, day = '', name = '', year, hour, minute, second, sign, zoneHours, zoneMinutes] = match;
  if (month(name) < 0 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60 || Number(zoneMinutes) > 59)
    return null;
  const local = dayOf(Number(year), month(name), Number(day));
  if (local === null) return null;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  return local + ((Number(hour) * 60 + Number(minute) - zone) * 60 + Number(second)) * 1000;
}

/** date (RFC 3501 §9) as the start of that day, ms since the epoch in UTC; null when it is none. */
export function parseDay(text: string): number | null {
  const match = DATE.exec(text);
  return match ? dayOf(Number(match[3]), month(match[2] ?? ''), Number(match[1])) : null;
}

function dayOf(year: number, monthIndex: number, day: number): number | null {
  const date = new Date(0);
  date.setUTCFullYear(year, monthIndex, day);
  return monthIndex >= 0 && date.getUTCMonth() === monthIndex && date.getUTCDate() === day ? date.getTime() : null;
}

/** INTERNALDATE in UTC. */
export function formatDateTime(ms: number): string {
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day}-${MONTHS[date.getUTCMonth()] ?? ''}-${String(date.getUTCFullYear()).padStart(4, '0')} ${time} +0000`;
}
