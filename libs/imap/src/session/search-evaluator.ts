import { parseDate } from '@postroad/message';
import type { MessageData } from '../backend.ts';
import type { SearchKey } from '../parse/search-key.ts';
import type { Context } from './context.ts';

const DAY = 86_400_000;

/**
 * Which messages meet a search. Each key narrows a list of candidates, so that text is looked for only in what the cheap keys
 * left; states and dates are read once per search.
 */
export class SearchEvaluator {
  readonly #context: Context;
  readonly #states = new Map<number, MessageData>();
  readonly #sent = new Map<number, number | null>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Of ascending `uids`, those that meet `key`, ascending. */
  async match(key: SearchKey, uids: readonly number[]): Promise<readonly number[]> {
    if (uids.length === 0) return uids;
    switch (key.op) {
      case 'all':
        return uids;
      case 'and': {
        let left = uids;
        for (const one of [...key.keys].sort((a, b) => cost(a) - cost(b))) left = await this.match(one, left);
        return left;
      }
      case 'or': {
        const first = new Set(await this.match(key.keys[0], uids));
        const second = await this.match(
          key.keys[1],
          uids.filter((uid) => !first.has(uid)),
        );
        for (const uid of second) first.add(uid);
        return uids.filter((uid) => first.has(uid));
      }
      case 'not': {
        const met = new Set(await this.match(key.key, uids));
        return uids.filter((uid) => !met.has(uid));
      }
      case 'set': {
        const named = new Set(this.#context.view.resolve(key.set, key.byUid));
        return uids.filter((uid) => named.has(uid));
      }
      case 'text':
        return this.#context.account.searchText(this.#context.view.mailboxId, uids, key.field, key.text);
      default:
        return this.#byState(key, uids);
    }
  }

  /** Highest MODSEQ among messages whose state was read. */
  async highestModseq(uids: readonly number[]): Promise<number> {
    await this.#load(uids);
    return uids.reduce((highest, uid) => Math.max(highest, this.#states.get(uid)?.modseq ?? 0), 0);
  }

  async #byState(
    key: SearchKey & { op: 'flag' | 'date' | 'size' | 'modseq' },
    uids: readonly number[],
  ): Promise<number[]> {
    await this.#load(uids);
    if (key.op === 'date' && key.of === 'sent') await this.#loadSent(uids);
    return uids.filter((uid) => {
      const state = this.#states.get(uid);
      if (!state) return false;
      if (key.op === 'flag') return hasFlag(state.flags, key.flag) === key.on;
      if (key.op === 'size') return key.is === 'larger' ? state.size > key.size : state.size < key.size;
      if (key.op === 'modseq') return state.modseq >= key.modseq;
      const time = key.of === 'sent' ? this.#sent.get(uid) : state.internalDate;
      return time !== null && time !== undefined && isOnDay(time, key.is, key.day);
    });
  }

  async #load(uids: readonly number[]): Promise<void> {
    const missing = uids.filter((uid) => !this.#states.has(uid));
    if (missing.length === 0) return;
    const { account, view } = this.#context;
    const read = account.fetch(view.mailboxId, missing, { structure: false, content: false });
    for await (const message of read) this.#states.set(message.uid, message);
  }

  /** RFC 3501 §6.4.4: the date as the header has it, without regard to time and zone. */
  async #loadSent(uids: readonly number[]): Promise<void> {
    const missing = uids.filter((uid) => !this.#sent.has(uid));
    const { account, view } = this.#context;
    for await (const message of account.fetch(view.mailboxId, missing, { structure: true, content: false })) {
      const { date } = message.structure().envelope;
      const parsed = date === null ? null : parseDate(date);
      this.#sent.set(message.uid, parsed && parsed.time + parsed.zone * 60_000);
    }
  }
}

function hasFlag(flags: readonly string[], flag: string): boolean {
  const wanted = flag.toLowerCase();
  return flags.some((one) => one.toLowerCase() === wanted);
}

function isOnDay(time: number, is: 'before' | 'on' | 'since', day: number): boolean {
  if (is === 'before') return time < day;
  return is === 'since' ? time >= day : time >= day && time < day + DAY;
}

/** Keys in the order in which they cost: sets, then states, then headers of dates, then text. */
function cost(key: SearchKey): number {
  switch (key.op) {
    case 'all':
    case 'set':
      return 0;
    case 'text':
      return key.field === 'body' || key.field === 'text' ? 4 : 3;
    case 'and':
    case 'or':
      return Math.max(0, ...key.keys.map(cost));
    case 'not':
      return cost(key.key);
    case 'date':
      return key.of === 'sent' ? 2 : 1;
    default:
      return 1;
  }
}
