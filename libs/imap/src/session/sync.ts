import type { ImapAccount, MailboxChanges, MessageState } from '../backend.ts';
import { formatSet } from '../parse/sequence-set.ts';
import type { Output } from '../write/output.ts';
import { UidRuns } from './uid-runs.ts';
import type { ViewMode } from './mode.ts';
import type { View } from './view.ts';
import type { SelectedInterest } from './watcher.ts';

export interface SyncWish {
  /** False leaves sequence numbers alone (RFC 9051 §7.5.1). */
  readonly expunges: boolean;
  /** What NOTIFY asked for; without it everything is told. */
  readonly interest?: SelectedInterest | null | undefined;
}

/** Looks at the store and tells the client. */
export async function syncView(
  view: View,
  account: ImapAccount,
  output: Output,
  mode: ViewMode,
  { expunges, interest }: SyncWish,
): Promise<void> {
  const changes = await account.changesSince(view.mailboxId, view.modseq);
  const lastKnown = view.runs.last;
  const added = changes.messages.flatMap(({ uid }) => (uid > lastKnown ? [uid] : [])).sort((a, b) => a - b);
  view.lose(changes.complete ? changes.vanished : await lostSince(view, account));
  if (mode.recent && added.length > 0) await claimRecent(view, account, changes, added);
  if (expunges) reportGone(view, output, mode);
  view.reportKeywords(changes.messages, output);
  const told = (message: MessageState): boolean => isWanted(interest, message.uid > lastKnown);
  const untold = changes.messages.filter((message) => told(message) && isNews(view, message, lastKnown));
  view.advance(added, expunges, changes.mailbox.highestModseq);
  if (added.length > 0) {
    output.untagged(`${String(view.exists)} EXISTS`);
    if (mode.recent) output.untagged(`${String(view.recent.count(view.runs))} RECENT`);
  }
  for (const message of untold) {
    if (view.sequence(message.uid) > 0) output.untagged(formatState(view, message, mode));
    await output.room();
  }
  if (added.length > 0) await interest?.tellNew?.(added);
}

/** RFC 5465 §5.1, §5.2: flags of what is new are told with the rest of it. */
function isWanted(interest: SyncWish['interest'], isNew: boolean): boolean {
  if (!interest) return true;
  return isNew ? interest.tellNew === null : interest.flags;
}

/** The store does not remember what vanished: what is known and not there any more did. */
async function lostSince(view: View, account: ImapAccount): Promise<number[]> {
  const { uids } = await account.snapshot(view.mailboxId);
  return view.runs.uidsIn(UidRuns.of(uids).missingIn([{ first: 1, last: view.runs.last }]));
}

/** What came is `\Recent` here when no other session was told first (RFC 3501 §2.3.2). */
async function claimRecent(
  view: View,
  account: ImapAccount,
  { mailbox }: MailboxChanges,
  added: readonly number[],
): Promise<void> {
  const last = added.at(-1) ?? 0;
  if (mailbox.recentFrom > last) return;
  const from = view.readOnly ? mailbox.recentFrom : await account.claimRecent(view.mailboxId);
  view.recent.add(Math.max(from, added[0] ?? 0), last);
}

function reportGone(view: View, output: Output, mode: ViewMode): void {
  const { gone } = view;
  if (gone.length === 0) return;
  if (mode.vanished) {
    output.untagged(`VANISHED ${formatSet(gone)}`);
    return;
  }
  // from the highest number down, so that each is right when it is read
  for (let i = gone.length - 1; i >= 0; i--) output.untagged(`${String(view.sequence(gone[i] ?? 0))} EXPUNGE`);
}

/**
 * Whether a state is to be told. A new message without flags is told by EXISTS alone: clients that fetch it at that moment take
 * a FETCH they did not ask for as the answer.
 */
function isNews(view: View, message: MessageState, lastKnown: number): boolean {
  return (message.uid <= lastKnown || message.flags.length > 0) && !view.isTold(message);
}

/** `n FETCH (UID u FLAGS (…) [MODSEQ (m)])`: the UID is always there, so that no client needs to guess. */
export function formatState(view: View, state: MessageState, mode: ViewMode): string {
  const modseq = mode.condstore ? ` MODSEQ (${String(state.modseq)})` : '';
  return `${stateHead(view, state.uid, mode)}FLAGS (${flagText(view, state, mode)})${modseq})`;
}

/** The beginning of a FETCH response up to the UID; by UID alone where the client wants it so (RFC 9586 §3.3). */
export function stateHead(view: View, uid: number, mode: ViewMode): string {
  if (mode.uidOnly) return `${String(uid)} UIDFETCH (`;
  return `${String(view.sequence(uid))} FETCH (UID ${String(uid)} `;
}

export function flagText(view: View, { uid, flags }: MessageState, mode: ViewMode): string {
  const text = flags.join(' ');
  if (!mode.recent || !view.recent.has(uid)) return text;
  return text === '' ? '\\Recent' : `${text} \\Recent`;
}
