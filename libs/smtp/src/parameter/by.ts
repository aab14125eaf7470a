import { parameter } from './spec.ts';

/** What BY asks for (RFC 2852 §4): deliver within `seconds` (may be negative), or notify (`N`) / return (`R`). */
export interface DeliverBy {
  readonly seconds: number;
  readonly mode: 'N' | 'R';
  /** `T`: relays say when they pass it on. */
  readonly trace: boolean;
}

/** BY (RFC 2852 §4): `["-" / "+"] 1*9DIGIT ";" ("N" / "R") ["T"]`; a time of zero or less with `R` is an error (§4, 501). */
export const by = parameter({
  keyword: 'BY',
  command: 'MAIL',
  extension: 'DELIVERBY',
  name: 'by',
  parse: (value): DeliverBy | undefined => {
    const match = value === undefined ? null : /^([+-]?\d{1,9});([NR])(T?)$/i.exec(value);
    if (match === null) return undefined;
    const seconds = Number(match[1]) || 0;
    const mode = match[2]?.toUpperCase() === 'R' ? 'R' : 'N';
    return mode === 'R' && seconds <= 0 ? undefined : { seconds, mode, trace: match[3] !== '' };
  },
  format: ({ seconds, mode, trace }) => `${String(seconds)};${mode}${trace ? 'T' : ''}`,
});
