import { encodeMailboxName } from '../parse/mailbox-name.ts';
import { formatString } from './strings.ts';

/** A mailbox name as the client understands it: UTF-8 once it has said so (RFC 9051 §5.1, RFC 6855 §3), else modified UTF-7. */
export function formatMailbox(session: { readonly utf8: boolean }, name: string): string | Buffer {
  if (!session.utf8) return formatString(encodeMailboxName(name));
  // UTF-8 may stand in a quoted string then
  // eslint-disable-next-line no-control-regex
  return /^[^\x00\r\n]{0,1000}$/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : formatString(name);
}
