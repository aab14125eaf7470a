import type { SortCriterion } from '../types.ts';
import { compareCodePoints, unicodeCasemap } from './casemap.ts';
import { sentDate, type Sortable } from './summary.ts';

type Column = readonly number[] | readonly string[];

/** UIDs in the order of RFC 5256 §3 and RFC 5957: criteria one after the other, then UID, which `reverse` does not turn around. */
export function sortMessages(messages: readonly Sortable[], criteria: readonly SortCriterion[]): number[] {
  const columns = criteria.map(({ by, reverse }) => ({ values: columnOf(messages, by), sign: reverse ? -1 : 1 }));
  const order = messages.map((_, i) => i);
  order.sort((a, b) => {
    for (const { values, sign } of columns) {
      const difference = compare(values[a], values[b]);
      if (difference !== 0) return sign * difference;
    }
    return uidAt(messages, a) - uidAt(messages, b);
  });
  return order.map((index) => uidAt(messages, index));
}

function uidAt(messages: readonly Sortable[], index: number): number {
  return messages[index]?.uid ?? 0;
}

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareCodePoints(String(a), String(b));
}

/** The key of every message, made once and not with each comparison. */
function columnOf(messages: readonly Sortable[], by: SortCriterion['by']): Column {
  switch (by) {
    case 'arrival':
      return messages.map((message) => message.internalDate);
    case 'date':
      return messages.map(sentDate);
    case 'size':
      return messages.map((message) => message.size);
    case 'subject':
      return messages.map((message) => unicodeCasemap(message.baseSubject));
    case 'from':
    case 'to':
    case 'cc':
      return messages.map((message) => unicodeCasemap(message[by]));
    case 'displayfrom':
      return messages.map((message) => unicodeCasemap(message.displayFrom));
    case 'displayto':
      return messages.map((message) => unicodeCasemap(message.displayTo));
  }
}
