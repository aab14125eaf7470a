import { parameter } from './spec.ts';

/** BODY (RFC 6152 §3). BINARYMIME (RFC 3030) needs BDAT, which is not offered: it is a malformed value here. */
export const body = parameter({
  keyword: 'BODY',
  command: 'MAIL',
  extension: '8BITMIME',
  name: 'body',
  parse: (value): '7BIT' | '8BITMIME' | undefined => {
    const word = value?.toUpperCase();
    return word === '7BIT' || word === '8BITMIME' ? word : undefined;
  },
  format: (value) => value,
});
