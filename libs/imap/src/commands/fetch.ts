import type { FlaggedMessage, MessageData } from '../backend.ts';
import type { Arguments } from '../parse/arguments.ts';
import { type FetchItem, parseFetchItems, type SimpleKind } from '../parse/fetch-items.ts';
import type { SequenceSet } from '../parse/sequence-set.ts';
import { enableCondstore } from '../session/condstore.ts';
import { type Command, type Completion, type Context, no, ok, SELECTED } from '../session/context.ts';
import { writeMessage } from './fetch-response.ts';

interface FetchArguments {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  /** CHANGEDSINCE (RFC 7162 §3.1.4). */
  readonly changedSince: number | null;
}

function parse(args: Arguments): FetchArguments {
  args.space();
  const set = args.set();
  args.space();
  const items = parseFetchItems(args);
  if (items.length === 0) args.fail('a FETCH item');
  let changedSince: number | null = null;
  if (args.skip(' (')) {
    args.expect('CHANGEDSINCE ');
    changedSince = args.number();
    args.expect(')');
  }
  args.end();
  return { set, items, changedSince };
}

/** RFC 3501 §6.4.5. */
function fetchCommand(name: string, byUid: boolean): Command<FetchArguments> {
  return {
    name,
    states: SELECTED,
    reports: byUid ? 'all' : 'none',
    parse,
    proceed: (context, args) => proceed(context, args, byUid),
  };
}

async function proceed(
  context: Context,
  { set, items, changedSince }: FetchArguments,
  byUid: boolean,
): Promise<Completion> {
  const { account, view } = context;
  const asked = withImplied(items, { uid: byUid, modseq: changedSince !== null });
  if (asked.some((item) => item.kind === 'modseq')) enableCondstore(context);
  let uids = view.resolve(set, byUid);
  if (changedSince !== null) uids = await changedAmong(context, uids, changedSince);
  const seen = asked.some((item) => item.kind === 'section' && !item.peek)
    ? await markSeen(context, uids)
    : new Set<number>();
  const want = {
    structure: asked.some(needsStructure),
    content: asked.some((item) => item.kind === 'section'),
  };
  let written = 0;
  for await (const message of account.fetch(view.mailboxId, uids, want)) {
    const number = view.sequence(message.uid);
    await writeMessage(context, number, message, seen.has(message.uid) ? withImplied(asked, { flags: true }) : asked);
    tellState(context, message, asked);
    written++;
  }
  if (!byUid && written < uids.length) return no('some of the messages are gone', 'EXPUNGEISSUED');
  return ok(`${byUid ? 'UID FETCH' : 'FETCH'} done`);
}

function needsStructure(item: FetchItem): boolean {
  if (item.kind === 'section') return item.path !== '';
  return item.kind === 'envelope' || item.kind === 'body' || item.kind === 'bodystructure';
}

/** Adds items that the command implies and does not name. */
function withImplied(items: readonly FetchItem[], implied: Partial<Record<SimpleKind, boolean>>): readonly FetchItem[] {
  const missing = (Object.keys(implied) as SimpleKind[]).filter(
    (kind) => implied[kind] && !items.some((item) => item.kind === kind),
  );
  return [...missing.map((kind) => ({ kind })), ...items];
}

/** A client that has just been told flags and MODSEQ need not be told again. */
function tellState(context: Context, message: MessageData, items: readonly FetchItem[]): void {
  const flags = items.some((item) => item.kind === 'flags');
  const modseq = !context.enabled.has('CONDSTORE') || items.some((item) => item.kind === 'modseq');
  if (flags && modseq) context.view.told([message]);
}

async function changedAmong(context: Context, uids: readonly number[], since: number): Promise<number[]> {
  const changes = await context.account.changesSince(context.view.mailboxId, since);
  const changed = new Set(changes.messages.map((message) => message.uid));
  return uids.filter((uid) => changed.has(uid));
}

/** Reading sets `\Seen` (RFC 3501 §6.4.5), but not in a mailbox that is open for reading only. Returns whose flags changed. */
async function markSeen(context: Context, uids: readonly number[]): Promise<Set<number>> {
  const { account, view } = context;
  if (view.readOnly || uids.length === 0) return new Set();
  const result = await account.storeFlags(view.mailboxId, uids, { mode: 'add', flags: ['\\Seen'] });
  const changed = result.messages.filter((message: FlaggedMessage) => message.modseq !== message.previousModseq);
  view.told(changed);
  return new Set(changed.map((message) => message.uid));
}

export const fetch = fetchCommand('FETCH', false);
export const uidFetch = fetchCommand('UID FETCH', true);
