import { Refusal } from '../errors.ts';
import type { Arguments } from '../parse/arguments.ts';
import { type FetchItem, parseFetchItems, type SimpleKind } from '../parse/fetch-items.ts';
import { type PartialRange, parsePartialRange, takePartial } from '../parse/partial-range.ts';
import { rangesOf, SAVED, type SequenceSet } from '../parse/sequence-set.ts';
import { enableCondstore } from '../session/condstore.ts';
import { type Command, type Completion, type Context, no, ok, SELECTED } from '../session/context.ts';
import { atMost } from '../session/message-limit.ts';
import { tellVanished } from '../session/resync.ts';
import { columnKinds, writeColumns } from './fetch-columns.ts';
import { FetchWriter, wantOf } from './fetch-response.ts';

interface FetchArguments {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  /** CHANGEDSINCE (RFC 7162 §3.1.4). */
  readonly changedSince: number | null;
  /** VANISHED (RFC 7162 §3.2.6). */
  readonly vanished: boolean;
  /** PARTIAL (RFC 9394 §3.3). */
  readonly partial: PartialRange | null;
}

type Modifiers = Pick<FetchArguments, 'changedSince' | 'vanished' | 'partial'>;

function parse(args: Arguments): FetchArguments {
  args.space();
  const set = args.set();
  args.space();
  const items = parseFetchItems(args);
  if (items.length === 0) args.fail('a FETCH item');
  const modifiers = args.skip(' ') && !args.atEnd() ? parseModifiers(args) : NO_MODIFIERS;
  args.end();
  return { set, items, ...modifiers };
}

const NO_MODIFIERS: Modifiers = { changedSince: null, vanished: false, partial: null };

function parseModifiers(args: Arguments): Modifiers {
  let { changedSince, vanished, partial } = NO_MODIFIERS;
  args.list(() => {
    const name = args.atom().toUpperCase();
    if (name === 'VANISHED') vanished = true;
    else if (name === 'CHANGEDSINCE') {
      args.space();
      changedSince = args.number();
    } else if (name === 'PARTIAL') {
      args.space();
      partial = parsePartialRange(args);
    } else args.fail('CHANGEDSINCE, VANISHED or PARTIAL');
  });
  return { changedSince, vanished, partial };
}

/** RFC 9051 §6.4.5. */
function fetchCommand(name: string, byUid: boolean): Command<FetchArguments> {
  return {
    name,
    states: SELECTED,
    bySequence: !byUid,
    reports: byUid ? 'all' : 'none',
    parse,
    check: (context, args) => mayModify(context, args, byUid),
    proceed: (context, args) => proceed(context, args, byUid),
  };
}

/** RFC 7162 §3.2.6: VANISHED only with CHANGEDSINCE, by UID, after ENABLE QRESYNC. RFC 9394 §3.3: PARTIAL only by UID. */
function mayModify(
  context: Context,
  { vanished, changedSince, partial }: Modifiers,
  byUid: boolean,
): Completion | null {
  if (vanished && (!byUid || changedSince === null || !context.enabled.has('QRESYNC')))
    return { status: 'BAD', text: 'VANISHED needs UID FETCH, CHANGEDSINCE and QRESYNC' };
  return partial && !byUid ? { status: 'BAD', text: 'PARTIAL needs UID FETCH' } : null;
}

async function proceed(context: Context, args: FetchArguments, byUid: boolean): Promise<Completion> {
  const { account, view, mode } = context;
  const items = withImplied(args.items, { uid: byUid && !mode.uidOnly, modseq: args.changedSince !== null });
  if (items.some((item) => item.kind === 'modseq')) enableCondstore(context);
  const { uids, code } = atMost(context, await chosen(context, args, byUid));
  const seen = items.some((item) => 'peek' in item && !item.peek) ? await markSeen(context, uids) : null;
  const toldWhole = items.some((item) => item.kind === 'flags') && hasModseq(context, items);
  const kinds = columnKinds(items, account.wire !== undefined);
  const columns = kinds && (await account.columns?.(view.mailboxId, uids.length));
  const written = columns
    ? await writeColumns(context, { kinds, columns, toldWhole }, uids)
    : await writeMessages(context, { items, seen, toldWhole }, uids);
  if (!byUid && written < uids.length) return no('some of the messages are gone', 'EXPUNGEISSUED');
  return ok(`${byUid ? 'UID FETCH' : 'FETCH'} done`, code);
}

interface Wanted {
  readonly items: readonly FetchItem[];
  /** Messages whose flags changed by being read. */
  readonly seen: ReadonlySet<number> | null;
  readonly toldWhole: boolean;
}

/** Returns how many of the messages there are. */
async function writeMessages(context: Context, wanted: Wanted, uids: readonly number[]): Promise<number> {
  const { account, view, output } = context;
  const { items, seen, toldWhole } = wanted;
  const writer = new FetchWriter(context, items);
  let written = 0;
  let refusal: Refusal | null = null;
  for await (const message of account.fetch(view.mailboxId, uids, wantOf(items))) {
    try {
      await writer.write(message, seen?.has(message.uid) ?? false);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal = error;
      break;
    }
    if (toldWhole) view.told(message);
    written++;
    if (output.full) await output.flush();
  }
  if (refusal) throw refusal;
  return written;
}

/** Which messages: those of the set, of them what changed, of them a page. */
async function chosen(context: Context, args: FetchArguments, byUid: boolean): Promise<readonly number[]> {
  const { view, account } = context;
  let uids: readonly number[] = view.resolve(args.set, byUid);
  if (args.changedSince !== null) {
    const changes = await account.changesSince(view.mailboxId, args.changedSince);
    if (args.vanished) {
      // `*` is the highest UID there was: the last message may be what vanished
      tellVanished(context, changes, args.set === SAVED ? view.ranges(SAVED, true) : rangesOf(args.set, 0xffffffff));
    }
    const changed = new Set(changes.messages.map((message) => message.uid));
    uids = uids.filter((uid) => changed.has(uid));
  }
  return args.partial ? takePartial(uids, args.partial) : uids;
}

/** Adds items that the command implies and does not name. */
function withImplied(items: readonly FetchItem[], implied: Partial<Record<SimpleKind, boolean>>): readonly FetchItem[] {
  const missing = (Object.keys(implied) as SimpleKind[]).filter(
    (kind) => implied[kind] && !items.some((item) => item.kind === kind),
  );
  return missing.length === 0 ? items : [...missing.map((kind) => ({ kind })), ...items];
}

/** A client that has just been told flags and MODSEQ need not be told again. */
function hasModseq({ mode }: Context, items: readonly FetchItem[]): boolean {
  return !mode.condstore || items.some((item) => item.kind === 'modseq');
}

/**
 * Reading sets `\Seen` (RFC 9051 §6.4.5), but not in a mailbox that is open for reading only, nor without the right to (RFC 4314
 * §4). Returns whose flags changed.
 */
async function markSeen({ account, view }: Context, uids: readonly number[]): Promise<Set<number> | null> {
  if (view.readOnly || !view.rights.includes('s') || uids.length === 0) return null;
  const { messages } = await account.storeFlags(view.mailboxId, uids, { mode: 'add', flags: ['\\Seen'] });
  const changed = new Set<number>();
  for (const message of messages) {
    if (message.modseq === message.previousModseq) continue;
    view.told(message);
    changed.add(message.uid);
  }
  return changed;
}

export const fetch = fetchCommand('FETCH', false);
export const uidFetch = fetchCommand('UID FETCH', true);
