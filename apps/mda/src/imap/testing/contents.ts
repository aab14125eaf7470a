import { RawClient } from './raw-client.ts';
import type { Harness } from './harness.ts';

/** What the server gives for `BODY.PEEK[]` of each message in a mailbox of `user`, by UID. */
export async function contentsOf(
  harness: Pick<Harness, 'tls'>,
  user: string,
  mailbox = 'INBOX',
): Promise<Map<number, Buffer>> {
  const client = await RawClient.connect(harness, { login: user });
  await client.ok(`EXAMINE ${mailbox}`);
  const answer = await client.ok('UID FETCH 1:* BODY.PEEK[]');
  const found = new Map<number, Buffer>();
  const item = /\* \d+ FETCH \((?:UID (\d+) )?BODY\[\] \{(\d+)\}\r\n/y;
  for (let match = item.exec(answer); match; match = item.exec(answer)) {
    const from = item.lastIndex;
    const end = from + Number(match[2]);
    const rest = /(?: UID (\d+))?\)\r\n/y;
    rest.lastIndex = end;
    const uid = match[1] ?? rest.exec(answer)?.[1];
    found.set(Number(uid), Buffer.from(answer.slice(from, end), 'latin1'));
    rest.lastIndex = end;
    rest.exec(answer);
    item.lastIndex = rest.lastIndex;
  }
  await client.close();
  return found;
}
