import type { IncomingMessage } from '@postroad/imap';
import type { AppendItem } from '@postroad/mailstore';
import { changeable } from './rights.ts';

/** Flags that may not be set are left out, and the message is taken (RFC 4314 §4). */
export async function* appendItems(
  messages: AsyncIterable<IncomingMessage>,
  rights: string,
): AsyncGenerator<AppendItem> {
  for await (const { flags, internalDate, size, content } of messages)
    yield { flags: changeable(flags, rights), internalDate, size, content };
}
