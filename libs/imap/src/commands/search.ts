import { Refusal } from '../errors.ts';
import type { ImapLimits } from '../limits.ts';
import type { Arguments } from '../parse/arguments.ts';
import { asksModseq, type SearchKey, SearchKeyParser } from '../parse/search-key.ts';
import { formatSet } from '../parse/sequence-set.ts';
import { enableCondstore } from '../session/condstore.ts';
import { type Command, type Completion, type Context, ok, SELECTED } from '../session/context.ts';
import { SearchEvaluator } from '../session/search-evaluator.ts';
import { formatString } from '../write/strings.ts';

type ReturnOption = 'MIN' | 'MAX' | 'ALL' | 'COUNT';

interface SearchArguments {
  readonly key: SearchKey;
  /** RETURN options (RFC 4731); null for the plain SEARCH response. */
  readonly returns: readonly ReturnOption[] | null;
  readonly charset: string;
}

const OPTIONS: readonly string[] = ['MIN', 'MAX', 'ALL', 'COUNT'] satisfies ReturnOption[];

function parse(args: Arguments, limits: ImapLimits): SearchArguments {
  args.space();
  let returns: ReturnOption[] | null = null;
  if (args.skip('RETURN ')) {
    returns = args.list(() => {
      const option = args.atom().toUpperCase();
      return OPTIONS.includes(option) ? (option as ReturnOption) : args.fail('MIN, MAX, ALL or COUNT');
    });
    if (returns.length === 0) returns = ['ALL'];
    args.space();
  }
  let charset = 'US-ASCII';
  if (args.skip('CHARSET ')) {
    charset = args.astring().toUpperCase();
    args.space();
  }
  return { key: new SearchKeyParser(args, limits).keys(), returns, charset };
}

/** RFC 3501 §6.4.4, RFC 4731, RFC 7162 §3.1.5. */
function searchCommand(name: string, byUid: boolean): Command<SearchArguments> {
  return {
    name,
    states: SELECTED,
    reports: byUid ? 'all' : 'no-expunge',
    parse,
    proceed: (context, args) => proceed(context, args, byUid),
  };
}

async function proceed(
  context: Context,
  { key, returns, charset }: SearchArguments,
  byUid: boolean,
): Promise<Completion> {
  if (!['US-ASCII', 'UTF-8'].includes(charset))
    throw new Refusal('NO', 'BADCHARSET (US-ASCII UTF-8)', 'charset not known');
  const { view, output } = context;
  const wantsModseq = asksModseq(key);
  if (wantsModseq) enableCondstore(context);
  const evaluator = new SearchEvaluator(context);
  const uids = await evaluator.match(key, view.uids.slice());
  const numbers = byUid ? uids : uids.map((uid) => view.sequence(uid));
  const modseq = wantsModseq && uids.length > 0 ? await evaluator.highestModseq(uids) : null;
  if (returns)
    output.add('* ESEARCH (TAG ', formatString(context.tag), ')', esearch(numbers, returns, byUid, modseq), '\r\n');
  else {
    const list = numbers.length > 0 ? ` ${numbers.join(' ')}` : '';
    output.untagged(`SEARCH${list}${modseq === null ? '' : ` (MODSEQ ${String(modseq)})`}`);
  }
  return ok(`${byUid ? 'UID SEARCH' : 'SEARCH'} done`);
}

/** Data items of an ESEARCH response; those that name a message are left out when there is none (RFC 4731 §3.1). */
function esearch(
  numbers: readonly number[],
  returns: readonly ReturnOption[],
  byUid: boolean,
  modseq: number | null,
): string {
  let text = byUid ? ' UID' : '';
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first !== undefined && last !== undefined) {
    if (returns.includes('MIN')) text += ` MIN ${String(first)}`;
    if (returns.includes('MAX')) text += ` MAX ${String(last)}`;
    if (returns.includes('ALL')) text += ` ALL ${formatSet(numbers)}`;
  }
  if (returns.includes('COUNT')) text += ` COUNT ${String(numbers.length)}`;
  return modseq === null ? text : `${text} MODSEQ ${String(modseq)}`;
}

export const search = searchCommand('SEARCH', false);
export const uidSearch = searchCommand('UID SEARCH', true);
