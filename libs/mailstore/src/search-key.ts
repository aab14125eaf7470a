import type { StoreSearchKey } from './types.ts';
import { StoreError } from './types.ts';

/** Bounds of one search: nesting, keys in all, characters of a text. */
const MAX_DEPTH = 200;
const MAX_KEYS = 20_000;
const MAX_TEXT = 16_384;

/** INVALID for a key that cannot be met in bounds. */
export function checkSearchKey(key: StoreSearchKey): void {
  const budget = { keys: MAX_KEYS };
  check(key, 0, budget);
}

function check(key: StoreSearchKey, depth: number, budget: { keys: number }): void {
  if (depth > MAX_DEPTH) throw new StoreError('INVALID', 'the search is nested too deeply');
  if (--budget.keys < 0) throw new StoreError('INVALID', 'the search has too many keys');
  if (key.op === 'and' || key.op === 'or') for (const each of key.keys) check(each, depth + 1, budget);
  else if (key.op === 'not') check(key.key, depth + 1, budget);
  else if (key.op === 'text' && key.text.length > MAX_TEXT)
    throw new StoreError('INVALID', 'the text searched for is too long');
}
