import type { FlagChange, FlaggedMessage } from '@postroad/imap';
import type { MailStore } from '@postroad/mailstore';
import { changeable, coded } from './rights.ts';

interface Mailbox {
  readonly owner: string;
  readonly mailboxId: number;
  readonly rights: string;
}

interface Outcome {
  readonly messages: FlaggedMessage[];
  readonly refused: number[];
}

/**
 * STORE within the rights (RFC 4314 §4): flags that may not be changed stay as they are; with none that may, it is refused. Replacing
 * all flags with only some rights becomes one change per set of flags that comes out.
 */
export async function storeFlagsWithin(
  store: MailStore,
  mailbox: Mailbox,
  uids: readonly number[],
  change: FlagChange,
): Promise<Outcome> {
  const { owner, mailboxId, rights } = mailbox;
  const all = [...'stw'].every((letter) => rights.includes(letter));
  if (all) return copyOf(await store.storeFlags(owner, mailboxId, uids, change));
  const flags = changeable(change.flags, rights);
  if (!/[stw]/.test(rights) || (flags.length === 0 && change.flags.length > 0))
    throw coded('NO_PERMISSION', 'none of these flags may be changed');
  if (change.mode !== 'replace') return copyOf(await store.storeFlags(owner, mailboxId, uids, { ...change, flags }));
  return replaceSome(store, mailbox, uids, { ...change, flags });
}

async function replaceSome(
  store: MailStore,
  { owner, mailboxId, rights }: Mailbox,
  uids: readonly number[],
  change: FlagChange,
): Promise<Outcome> {
  const groups = new Map<string, { readonly flags: string[]; readonly uids: number[] }>();
  for await (const message of store.fetch(owner, mailboxId, uids, {})) {
    const kept = message.flags.filter((flag) => changeable([flag], rights).length === 0);
    const flags = [...kept, ...change.flags];
    const key = flags.join(' ');
    const group = groups.get(key) ?? { flags, uids: [] };
    group.uids.push(message.uid);
    groups.set(key, group);
  }
  const outcome: Outcome = { messages: [], refused: [] };
  for (const group of groups.values()) {
    const { messages, refused } = await store.storeFlags(owner, mailboxId, group.uids, {
      ...change,
      flags: group.flags,
    });
    outcome.messages.push(...messages);
    outcome.refused.push(...refused);
  }
  outcome.messages.sort((a, b) => a.uid - b.uid);
  outcome.refused.sort((a, b) => a - b);
  return outcome;
}

function copyOf({ messages, refused }: { messages: readonly FlaggedMessage[]; refused: readonly number[] }): Outcome {
  return { messages: [...messages], refused: [...refused] };
}
