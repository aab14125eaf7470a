import type { SortCriterion } from '../backend.ts';
import type { Arguments } from './arguments.ts';

const CRITERIA: Readonly<Record<string, SortCriterion['by']>> = {
  ARRIVAL: 'arrival',
  CC: 'cc',
  DATE: 'date',
  FROM: 'from',
  SIZE: 'size',
  SUBJECT: 'subject',
  TO: 'to',
  DISPLAYFROM: 'displayfrom',
  DISPLAYTO: 'displayto',
};
const MAX_CRITERIA = 20;

/** `(REVERSE DATE SUBJECT)` (RFC 5256 §3, RFC 5957). */
export function parseSortCriteria(args: Arguments): SortCriterion[] {
  const criteria = args.list((): SortCriterion => {
    let name = args.atom().toUpperCase();
    const reverse = name === 'REVERSE';
    if (reverse) {
      args.space();
      name = args.atom().toUpperCase();
    }
    return { by: CRITERIA[name] ?? args.fail('a sort criterion'), reverse };
  });
  return criteria.length > 0 && criteria.length <= MAX_CRITERIA ? criteria : args.fail('between 1 and 20 criteria');
}
