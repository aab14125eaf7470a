import { createHash } from 'node:crypto';
import type { Chance } from './random.ts';

/** A message that proves itself: its id and the digest of its body are in its header, a word of its own is in its text. */
export function makeMessage(id: string, chance: Chance): Buffer {
  const lines = Array.from({ length: 1 + chance.below(12) }, () =>
    chance
      .next()
      .toString(36)
      .repeat(1 + chance.below(4)),
  );
  const body = Buffer.from(
    `${wordOf(id)}\r\n${lines.join('\r\n')}\r\n${chance.next() < 0.03 ? 'x'.repeat(200_000) : ''}\r\n`,
  );
  const digest = createHash('sha256').update(body).digest('hex');
  const header = `From: ${id}@sessions.test\r\nSubject: message ${id}\r\nMessage-ID: <${id}@sessions.test>\r\nX-Id: ${id}\r\nX-Digest: ${digest}\r\n\r\n`;
  return Buffer.concat([Buffer.from(header), body]);
}

/** A word that is in this message and no other. */
export function wordOf(id: string): string {
  return `word${createHash('sha256').update(id).digest('hex').slice(0, 16)}`;
}

/** What is wrong with a message as it came back, or null. */
export function faultOf(message: Buffer): string | null {
  const end = message.indexOf('\r\n\r\n');
  const header = message.subarray(0, end).toString('latin1');
  const wanted = /X-Digest: (\w+)/.exec(header)?.[1];
  const found = createHash('sha256')
    .update(message.subarray(end + 4))
    .digest('hex');
  return wanted === found ? null : `its body has the digest ${found}, its header says ${String(wanted)}`;
}
