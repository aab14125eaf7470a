import type { QuotaState } from '@postroad/imap';
import type { StoreAccountDeps } from './types.ts';

/** The one quota root of an account, the empty name: all its mailboxes count (RFC 9208 §3.1). */
export async function quotaState({ store, directory }: StoreAccountDeps, accountId: string): Promise<QuotaState> {
  const used = await store.usage(accountId);
  const quota = (await directory.account(accountId))?.quota;
  return {
    root: '',
    storage: { usage: used.bytes, limit: quota?.bytes ?? null },
    messages: { usage: used.messages, limit: quota?.messages ?? null },
  };
}
