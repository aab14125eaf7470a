import type { Context } from '../session/context.ts';
import type { ListEntry } from '../session/list-entries.ts';
import { formatMailbox } from '../write/mailbox.ts';
import type { Piece } from '../write/strings.ts';

/** `* LIST (attributes) "/" name`, with what follows the name (RFC 9051 §7.3.1). */
export function writeListLine(
  context: Context,
  attributes: readonly string[],
  name: string,
  extended: readonly Piece[] = [],
): void {
  const { output } = context;
  output.add(`* LIST (${attributes.join(' ')}) "/" `, formatMailbox(context, name), ...extended, '\r\n');
}

/** What is told of a name (RFC 9051 §7.3.1). */
export function listAttributes(entry: ListEntry, showSubscribed: boolean): string[] {
  const attributes: string[] = [];
  if (!entry.mailbox) attributes.push('\\NonExistent', '\\Noselect');
  else if (!entry.mailbox.rights.includes('r')) attributes.push('\\Noselect');
  if (showSubscribed && entry.subscribed) attributes.push('\\Subscribed');
  attributes.push(entry.hasChildren ? '\\HasChildren' : '\\HasNoChildren');
  if (entry.mailbox?.specialUse) attributes.push(entry.mailbox.specialUse);
  return attributes;
}
