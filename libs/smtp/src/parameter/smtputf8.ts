import { flag, parameter } from './spec.ts';

/** SMTPUTF8 (RFC 6531 §3.4): no value. */
export const smtputf8 = parameter({
  keyword: 'SMTPUTF8',
  command: 'MAIL',
  extension: 'SMTPUTF8',
  name: 'smtputf8',
  parse: flag,
  format: () => true as const,
});
