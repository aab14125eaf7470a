import { flag, parameter } from './spec.ts';

/** REQUIRETLS (RFC 8689 §2): no value. */
export const requireTls = parameter({
  keyword: 'REQUIRETLS',
  command: 'MAIL',
  extension: 'REQUIRETLS',
  name: 'requireTls',
  parse: flag,
  format: () => true as const,
});
