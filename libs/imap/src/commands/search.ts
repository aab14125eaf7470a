import { ParseError } from '../errors.ts';
import type { ImapLimits } from '../limits.ts';
import type { Arguments } from '../parse/arguments.ts';
import { decoderOf } from '../parse/charset.ts';
import { type SearchKey, SearchKeyParser, someKey } from '../parse/search-key.ts';
import { parseReturns, type SearchReturns } from '../parse/search-returns.ts';
import { enableCondstore } from '../session/condstore.ts';
import { type Command, type Completion, type Context, ok, SELECTED } from '../session/context.ts';
import { atMost } from '../session/message-limit.ts';
import { patiently } from '../session/progress.ts';
import { translate } from '../session/search-translation.ts';
import { type Found, knownOf, modseqOf, saved, writeExtended, writePlain } from './search-response.ts';

interface SearchArguments {
  readonly key: SearchKey;
  /** Null for the plain response. */
  readonly returns: SearchReturns | null;
  readonly hasCharset: boolean;
}

const ALL: SearchReturns = { min: false, max: false, all: true, count: false, save: false, partial: null };

function parse(args: Arguments, limits: ImapLimits): SearchArguments {
  args.space();
  const returns = parseReturns(args);
  const hasCharset = args.skip('CHARSET ');
  const charset = hasCharset ? args.astring() : 'UTF-8';
  if (hasCharset) args.space();
  return { key: new SearchKeyParser(args, limits, decoderOf(charset)).keys(), returns, hasCharset };
}

/** RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 7162 §3.1.5, RFC 9394. */
function searchCommand(name: string, byUid: boolean): Command<SearchArguments> {
  return {
    name,
    states: SELECTED,
    bySequence: !byUid,
    reports: byUid ? 'all' : 'no-expunge',
    parse,
    check: ({ enabled }, { hasCharset }) =>
      // RFC 6855 §3
      hasCharset && enabled.has('UTF8=ACCEPT') ? { status: 'BAD', text: 'no CHARSET with UTF8=ACCEPT' } : null,
    proceed: (context, args) => proceed(context, args, byUid),
  };
}

async function proceed(context: Context, { key, returns }: SearchArguments, byUid: boolean): Promise<Completion> {
  const wantsModseq = someKey(key, ({ op }) => op === 'modseq');
  if (wantsModseq) enableCondstore(context);
  const { found, code } = await find(context, key, returns, wantsModseq);
  // RFC 9051 §6.4.4: IMAP4rev2 knows the extended response alone
  const extended = returns ?? (context.enabled.has('IMAP4rev2') ? ALL : null);
  if (extended && !onlySaves(extended)) writeExtended(context, found, extended, byUid);
  else if (!extended) writePlain(context, 'SEARCH', found, byUid);
  return ok(`${byUid ? 'UID SEARCH' : 'SEARCH'} done`, code);
}

/** RFC 5182 §2.1: SAVE alone tells nothing. */
function onlySaves({ save, min, max, all, count, partial }: SearchReturns): boolean {
  return save && !min && !max && !all && !count && !partial;
}

async function find(
  context: Context,
  key: SearchKey,
  returns: SearchReturns | null,
  wantsModseq: boolean,
): Promise<{ found: Found; code: string | undefined }> {
  const { account, view } = context;
  try {
    const wanted = translate(context, key);
    const result = await patiently(context, (progress) => account.search(view.mailboxId, wanted, progress));
    // what came or went since the client was last told is nothing to it
    const known = knownOf(view, result.uids);
    const { uids, code } = atMost(context, known);
    if (returns?.save) view.save(saved(uids, returns));
    const modseq = wantsModseq ? await modseqOf(context, { uids, modseq: result.modseq }, returns) : null;
    return { found: { uids, modseq }, code };
  } catch (error) {
    // RFC 5182 §2.1: a search that fails leaves nothing saved, one that is not understood leaves what there was
    if (returns?.save && !(error instanceof ParseError)) view.save([]);
    throw error;
  }
}

export const search = searchCommand('SEARCH', false);
export const uidSearch = searchCommand('UID SEARCH', true);
