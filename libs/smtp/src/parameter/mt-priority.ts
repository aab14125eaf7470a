import { parameter } from './spec.ts';

/** MT-PRIORITY (RFC 6710 §4): −9 to 9, without leading zeros. */
export const mtPriority = parameter({
  keyword: 'MT-PRIORITY',
  command: 'MAIL',
  extension: 'MT-PRIORITY',
  name: 'mtPriority',
  parse: (value) => (value !== undefined && /^(?:0|-?[1-9])$/.test(value) ? Number(value) : undefined),
  format: (priority: number) => String(priority),
});
