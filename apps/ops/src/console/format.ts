import { html, type Markup } from './html.ts';

/** `+1.2 ms`, `+3.4 s`, `+2 min 5 s`, `+3 h 4 min`, `+2 d 1 h`: short enough for a label, exact enough to compare. */
export function relative(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  return sign + duration(Math.abs(ms));
}

export function duration(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = ms / 1_000;
  if (s < 60) return `${s.toFixed(1)} s`;
  const pair = (big: number, small: number, a: string, b: string) =>
    small === 0 ? `${big} ${a}` : `${big} ${a} ${small} ${b}`;
  const whole = Math.round(s);
  if (s < 3_600) return pair(Math.floor(whole / 60), whole % 60, 'min', 's');
  if (s < 86_400) return pair(Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60), 'h', 'min');
  return pair(Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3_600), 'd', 'h');
}

export function bytes(n: number): string {
  if (n < 1_024) return `${n} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  let value = n / 1_024;
  let unit = 0;
  while (value >= 1_024 && unit < 2) {
    value /= 1_024;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A moment, in UTC; the script adds how long ago it was. */
export const moment = (at: string): Markup =>
  html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)}</time>`;

const TONES: Readonly<Record<string, string>> = {
  ...{ delivered: 'good', relayed: 'good', ready: 'plain', attempting: 'plain', attempted: 'plain' },
  ...{ deferred: 'warn', held: 'bad', failed: 'bad', refused: 'bad' },
};
const MARKS: Readonly<Record<string, string>> = { good: '✓', warn: '…', bad: '!' };

export const toneOf = (state: string): string => TONES[state] ?? 'plain';

/** A state as a badge: colour, mark and word, so that none has to be told by colour alone. */
export function badge(state: string): Markup {
  const tone = toneOf(state);
  const mark = MARKS[tone];
  return html`<span class="badge ${tone}"
    >${mark === undefined ? null : html`<span aria-hidden="true">${mark}</span> `}${state}</span
  >`;
}
