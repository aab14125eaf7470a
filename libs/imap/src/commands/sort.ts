import type { SortCriterion } from '../backend.ts';
import { ParseError } from '../errors.ts';
import type { ImapLimits } from '../limits.ts';
import type { Arguments } from '../parse/arguments.ts';
import { decoderOf } from '../parse/charset.ts';
import { type SearchKey, SearchKeyParser, someKey } from '../parse/search-key.ts';
import { parseReturns, type SearchReturns } from '../parse/search-returns.ts';
import { parseSortCriteria } from '../parse/sort-criteria.ts';
import { enableCondstore } from '../session/condstore.ts';
import { type Command, type Completion, type Context, ok, SELECTED } from '../session/context.ts';
import { patiently } from '../session/progress.ts';
import { translate } from '../session/search-translation.ts';
import { knownOf, modseqOf, type Numbers, saved, writeExtended, writePlain } from './search-response.ts';

interface SortArguments {
  readonly criteria: readonly SortCriterion[];
  readonly key: SearchKey;
  /** ESORT (RFC 5267 §3); null for the plain response. */
  readonly returns: SearchReturns | null;
}

function parse(args: Arguments, limits: ImapLimits): SortArguments {
  args.space();
  const returns = parseReturns(args);
  const criteria = parseSortCriteria(args);
  args.space();
  const charset = args.astring();
  args.space();
  return { criteria, key: new SearchKeyParser(args, limits, decoderOf(charset)).keys(), returns };
}

/** RFC 5256 §3. */
function sortCommand(name: string, byUid: boolean): Command<SortArguments> {
  return {
    name,
    states: SELECTED,
    bySequence: !byUid,
    reports: byUid ? 'all' : 'no-expunge',
    parse,
    proceed: (context, args) => proceed(context, args, byUid),
  };
}

async function proceed(context: Context, args: SortArguments, byUid: boolean): Promise<Completion> {
  const { key, returns } = args;
  const wantsModseq = someKey(key, ({ op }) => op === 'modseq');
  if (wantsModseq) enableCondstore(context);
  const result = await sorted(context, args);
  const found = { uids: result.uids, modseq: wantsModseq ? await modseqOf(context, result, returns) : null };
  if (!returns) writePlain(context, 'SORT', found, byUid);
  else writeExtended(context, found, returns, byUid);
  return ok(`${byUid ? 'UID SORT' : 'SORT'} done`);
}

async function sorted(
  context: Context,
  { key, criteria, returns }: SortArguments,
): Promise<{ uids: Numbers; modseq: number }> {
  const { account, view } = context;
  try {
    const wanted = translate(context, key);
    const result = await patiently(context, () => account.sort(view.mailboxId, wanted, criteria));
    const uids = knownOf(view, result.uids);
    if (returns?.save) view.save(saved(uids, returns));
    return { uids, modseq: result.modseq };
  } catch (error) {
    if (returns?.save && !(error instanceof ParseError)) view.save([]);
    throw error;
  }
}

export const sort = sortCommand('SORT', false);
export const uidSort = sortCommand('UID SORT', true);
