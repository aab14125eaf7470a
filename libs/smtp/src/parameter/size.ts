import { parameter } from './spec.ts';

/** SIZE (RFC 1870 §6): `size-value ::= 1*20DIGIT`, in octets. Numbers beyond 2^53 lose their last digits, and matter to no limit. */
export const size = parameter({
  keyword: 'SIZE',
  command: 'MAIL',
  extension: 'SIZE',
  name: 'size',
  parse: (value) => (value !== undefined && /^\d{1,20}$/.test(value) ? Number(value) : undefined),
  format: (octets: number) => String(octets),
});
