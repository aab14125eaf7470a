import { ImapFlow } from 'imapflow';
import { Counts } from './ledger.ts';

/** Reads every mailbox over IMAP and counts messages and notifications by id. */
export async function readMailboxes(
  imaps: number,
  users: readonly string[],
  password: string,
): Promise<{ mailboxes: Counts; notifications: Counts }> {
  const mailboxes = new Counts();
  const notifications = new Counts();
  for (const user of users) {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: imaps,
      secure: true,
      auth: { user, pass: password },
      tls: { rejectUnauthorized: false },
      logger: false,
    });
    await client.connect();
    const box = await client.mailboxOpen('INBOX', { readOnly: true });
    if (box.exists > 0)
      for await (const { envelope } of client.fetch('1:*', { envelope: true })) {
        const own = /^chaos (\S+)$/.exec(envelope?.subject ?? '')?.[1];
        const about = /^<(m\d+)@chaos\.test>$/.exec(envelope?.inReplyTo ?? '')?.[1];
        if (own !== undefined) mailboxes.add(user, own);
        else if (about !== undefined) notifications.add(user, about);
      }
    await client.logout();
  }
  return { mailboxes, notifications };
}
