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

const DAY = 86_400_000;
const TWO = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
/** The day written last: messages of a mailbox come in days. */
let lastDay = { number: NaN, text: '' };

/** INTERNALDATE in UTC. */
export function formatDateTime(ms: number): string {
  const number = Math.floor(ms / DAY);
  if (number !== lastDay.number) lastDay = { number, text: dayText(number) };
  const seconds = Math.floor((ms - number * DAY) / 1000);
  const [hour, minute, second] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${lastDay.text} ${TWO[hour] ?? ''}:${TWO[minute] ?? ''}:${TWO[second] ?? ''} +0000`;
}

function dayText(number: number): string {
  const date = new Date(number * DAY);
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return `${String(date.getUTCDate()).padStart(2, ' ')}-${MONTHS[date.getUTCMonth()] ?? ''}-${year}`;
}
