import type { ImapFlow } from 'imapflow';
import type { MessagePage } from '../api-types.ts';
import { ApiError } from '../http/api-error.ts';
import type { Account } from './account.ts';
import { SUMMARY_QUERY, summaryOf } from './summary.ts';

const PAGE = 50;

/** A page of a folder, newest first. */
export async function listMessages(account: Account, folder: string, offset: number): Promise<MessagePage> {
  return account.inFolder(folder, async (client) => {
    const total = client.mailbox === false ? 0 : client.mailbox.exists;
    const last = total - offset;
    if (last < 1) return { messages: [], total, next: null };
    const first = Math.max(1, last - PAGE + 1);
    const messages = await client.fetchAll(`${first}:${last}`, SUMMARY_QUERY);
    return page(
      messages.sort((a, b) => b.seq - a.seq),
      total,
      offset,
    );
  });
}

/** The same of what contains a text anywhere (SEARCH TEXT, RFC 3501 §6.4.4), newest first. */
export async function searchMessages(
  account: Account,
  folder: string,
  text: string,
  offset: number,
): Promise<MessagePage> {
  return account.inFolder(folder, async (client) => {
    const uids = await found(client, text);
    const wanted = uids.slice(offset, offset + PAGE);
    if (wanted.length === 0) return { messages: [], total: uids.length, next: null };
    const messages = await client.fetchAll(wanted.join(','), SUMMARY_QUERY, { uid: true });
    return page(
      messages.sort((a, b) => b.uid - a.uid),
      uids.length,
      offset,
    );
  });
}

async function found(client: ImapFlow, text: string): Promise<number[]> {
  const uids = await client.search({ text }, { uid: true });
  if (uids === false) throw new ApiError(409, 'NO_SEARCH', 'The mail server cannot search for this.');
  return (uids ?? []).sort((a, b) => b - a);
}

function page(messages: Awaited<ReturnType<ImapFlow['fetchAll']>>, total: number, offset: number): MessagePage {
  const next = offset + PAGE;
  return { messages: messages.map(summaryOf), total, next: next < total ? next : null };
}
