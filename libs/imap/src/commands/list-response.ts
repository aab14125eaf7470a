import type { Context } from '../session/context.ts';
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
