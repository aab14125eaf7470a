import { parameter } from './spec.ts';

/** HOLDFOR (RFC 4865 §5): seconds, one to nine digits. */
export const holdFor = parameter({
  keyword: 'HOLDFOR',
  command: 'MAIL',
  extension: 'FUTURERELEASE',
  name: 'holdFor',
  parse: (value) => (value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined),
  format: (seconds: number) => String(seconds),
});

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-](\d\d):(\d\d))$/i;

/** HOLDUNTIL (RFC 4865 §5): `Internet-date-time` (RFC 3339 §5.6), given as ms since the epoch. */
export const holdUntil = parameter({
  keyword: 'HOLDUNTIL',
  command: 'MAIL',
  extension: 'FUTURERELEASE',
  name: 'holdUntil',
  parse: (value) => {
    const match = value === undefined ? null : DATE_TIME.exec(value);
    if (match === null || value === undefined) return undefined;
    const [, year, month, day, hour, minute, second, offsetHour, offsetMinute] = match.map(Number);
    const daysInMonth = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
    const sound =
      inRange(month, 1, 12) && inRange(day, 1, daysInMonth) && inRange(hour, 0, 23) && inRange(minute, 0, 59);
    if (!sound || !inRange(second, 0, 60) || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
    // A leap second (RFC 3339 §5.7) is the second before it: Date knows none.
    const time = Date.parse(value.toUpperCase().replace(/:60(?=[.Z+-])/, ':59'));
    return Number.isNaN(time) ? undefined : time;
  },
  format: (ms: number) => new Date(ms).toISOString(),
});

const inRange = (value: number | undefined, low: number, high: number): boolean =>
  value !== undefined && value >= low && value <= high;
