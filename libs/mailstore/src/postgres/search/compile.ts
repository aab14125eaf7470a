import { packFlags } from '../../flags.ts';
import { foldCase, UNIT_END } from '../../fold.ts';
import type { SearchField, StoreSearchKey } from '../../types.ts';
import { NAME_END, OVERLAP } from '../index/chunks.ts';

/**
 * A key as a condition on `message m`. `exact` is right for messages whose text is indexed; `possible` holds for every message
 * that may meet the key whatever its text is. They are the same where the key asks for no text.
 */
export interface Compiled {
  readonly exact: Condition;
  readonly possible: Condition;
  /** Asks for text: messages that are not indexed must be looked through. */
  readonly text: boolean;
  /** Some text is longer than the index can tell exactly: `exact` holds for more messages than meet it, or fewer. */
  readonly inexact: boolean;
}

/** A condition whose parameter `$1` is the mailbox. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Values of one statement, each under its number. */
class Parameters {
  readonly values: unknown[] = [];
  readonly #numbers = new Map<unknown, string>();

  constructor(mailbox: number) {
    this.values.push(mailbox);
  }

  add(given: unknown): string {
    // a number that a client may name and no row has (RFC 7162: MODSEQ of 63 bits)
    const value = typeof given === 'number' ? Math.min(Math.max(Math.trunc(given), -FAR), FAR) : given;
    let name = this.#numbers.get(value);
    if (name === undefined) {
      name = `$${String(this.values.push(value))}`;
      this.#numbers.set(value, name);
    }
    return name;
  }
}

const FAR = Number.MAX_SAFE_INTEGER;

export function compile(key: StoreSearchKey, account: number, mailbox: number): Compiled {
  const state = { account, parameters: new Parameters(mailbox), text: false, inexact: false };
  const exact = { sql: condition(key, state), values: state.parameters.values };
  const { text, inexact } = state;
  if (!text) return { exact, possible: exact, text, inexact };
  const parameters = new Parameters(mailbox);
  const possible = { sql: upper(key, { ...state, parameters }, true), values: parameters.values };
  return { exact, possible, text, inexact };
}

interface State {
  readonly account: number;
  readonly parameters: Parameters;
  text: boolean;
  inexact: boolean;
}

function condition(key: StoreSearchKey, state: State): string {
  switch (key.op) {
    case 'and':
      return joined(key.keys, ' AND ', 'true', (each) => condition(each, state));
    case 'or':
      return joined(key.keys, ' OR ', 'false', (each) => condition(each, state));
    case 'not':
      return `(${condition(key.key, state)}) IS NOT TRUE`;
    case 'text':
      state.text = true;
      return textCondition(key.field, foldCase(key.text), state);
    default:
      return stateCondition(key, state.parameters);
  }
}

/** What holds at least where the key does: a text is taken for found, or under a `not` for not found. */
function upper(key: StoreSearchKey, state: State, positive: boolean): string {
  switch (key.op) {
    case 'and':
      return joined(key.keys, ' AND ', 'true', (each) => upper(each, state, positive));
    case 'or':
      return joined(key.keys, ' OR ', 'false', (each) => upper(each, state, positive));
    case 'not':
      return `(${upper(key.key, state, !positive)}) IS NOT TRUE`;
    case 'text':
      return positive ? 'true' : 'false';
    default:
      return stateCondition(key, state.parameters);
  }
}

function joined(
  keys: readonly StoreSearchKey[],
  by: string,
  none: string,
  one: (key: StoreSearchKey) => string,
): string {
  return keys.length === 0 ? none : `(${keys.map(one).join(by)})`;
}

type StateKey = Exclude<StoreSearchKey, { readonly op: 'and' | 'or' | 'not' | 'text' }>;

const TIMES = { internal: 'm.date', saved: 'm.saved', sent: 'c.sent_day' } as const;

function stateCondition(key: StateKey, parameters: Parameters): string {
  switch (key.op) {
    case 'all':
      return 'true';
    case 'uids': {
      if (key.ranges.length === 0) return 'false';
      if (key.ranges.length <= 20) {
        const range = ({ first, last }: { first: number; last: number }): string =>
          `m.uid BETWEEN ${parameters.add(first)} AND ${parameters.add(last)}`;
        return `(${key.ranges.map(range).join(' OR ')})`;
      }
      const firsts = parameters.add(key.ranges.map(({ first }) => first));
      const lasts = parameters.add(key.ranges.map(({ last }) => last));
      return `m.uid IN (SELECT x.uid FROM unnest(${firsts}::bigint[], ${lasts}::bigint[]) AS r (first, last)
        JOIN message x ON x.mailbox = $1 AND x.uid BETWEEN r.first AND r.last)`;
    }
    case 'flag':
      return flagCondition(key.flag, key.on, parameters);
    case 'time':
      return timeCondition(key, parameters);
    case 'size':
      return `m.size ${key.is === 'larger' ? '>' : '<'} ${parameters.add(key.size)}`;
    case 'modseq':
      return `m.modseq >= ${parameters.add(key.modseq)}`;
    case 'id': {
      const column = key.of === 'email' ? 'email_id' : 'thread_id';
      return `m.mail IN (SELECT p.id FROM mail p WHERE p.${column} = ${parameters.add(key.id)})`;
    }
  }
}

function timeCondition(key: StoreSearchKey & { readonly op: 'time' }, parameters: Parameters): string {
  const column = TIMES[key.of];
  const bounds = [
    ...(key.from === undefined ? [] : [`${column} >= ${parameters.add(key.from)}`]),
    ...(key.to === undefined ? [] : [`${column} < ${parameters.add(key.to)}`]),
  ];
  const test = [...(key.of === 'sent' ? ['c.sent_day IS NOT NULL'] : []), ...bounds].join(' AND ');
  if (test === '') return 'true';
  return key.of === 'sent'
    ? `EXISTS (SELECT 1 FROM mail p JOIN content c ON c.id = p.content WHERE p.id = m.mail AND ${test})`
    : `(${test})`;
}

/** A system flag is a bit, a keyword a word of the row. */
function flagCondition(flag: string, on: boolean, parameters: Parameters): string {
  if (flag.startsWith('\\')) {
    const { bits } = packFlags([flag]);
    return `m.flags & ${String(bits)} ${on ? '<>' : '='} 0`;
  }
  const word = parameters.add(` ${flag.toLowerCase()} `);
  return `strpos(lower(' ' || coalesce(m.keywords, '') || ' '), ${word}) ${on ? '>' : '='} 0`;
}

/** Mails of the account with some text; the trigrams find them, LIKE makes sure. */
function textCondition(field: SearchField, needle: string, state: State): string {
  const { parameters } = state;
  if (needle === '' && typeof field === 'string') return 'true';
  if (needle.length > OVERLAP) state.inexact = true;
  const part = needle.slice(0, OVERLAP);
  const like = (text: string): string => `t.text LIKE ${parameters.add(`%${text.replace(/[\\%_]/g, '\\$&')}%`)}`;
  const tests: string[] = [];
  if (typeof field !== 'string') {
    const name = `${UNIT_END}${foldCase(field.header)}:`;
    tests.push('t.part = 0', like(part === '' ? name : part));
    // the field it stands in is this one
    if (part !== '')
      tests.push(`t.text ~ ${parameters.add(`${literal(name)}${NAME_END}?[^${UNIT_END}]*${literal(part)}`)}`);
  } else tests.push(...(field === 'body' ? ['t.part = 1'] : []), like(part));
  return `m.mail IN (SELECT t.mail FROM message_text t WHERE t.account = ${parameters.add(state.account)} AND ${tests.join(' AND ')})`;
}

/** Text as a regular expression that means itself (an escaped ASCII letter would mean something else). */
function literal(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{M}\s\p{Cc}]/gu, '\\$&');
}
