import type { Address } from '@postroad/mail';
import { formatAddress, parseAddress } from '../path/path.ts';
import { decodeXtext, encodeXtext } from '../xtext.ts';
import { parameter } from './spec.ts';

/** AUTH (RFC 4954 §5): the submitter's mailbox in xtext, or `<>` (null) when it is not known. It is read and never trusted. */
export const auth = parameter({
  keyword: 'AUTH',
  command: 'MAIL',
  extension: 'AUTH',
  name: 'auth',
  parse: (value): Address | null | undefined => {
    if (value === undefined || value.length > 500) return undefined;
    if (value === '<>') return null;
    const decoded = decodeXtext(value);
    return decoded === null ? undefined : (parseAddress(decoded) ?? undefined);
  },
  format: (address) => (address === null ? '<>' : encodeXtext(formatAddress(address))),
});
