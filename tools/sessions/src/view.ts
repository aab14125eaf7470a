import type { ImapResponse, ImapValue } from '@postroad/testkit';
import { Mismatch } from './mismatch.ts';
import type { Truth } from './truth.ts';

interface Entry {
  uid: number | null;
  flags: ReadonlySet<string> | null;
  modseq: number;
}

/** What a client may be told while a command runs: RFC 9051 §7.5.1, RFC 7162 §3.2.10. */
export type Allowed = 'all' | 'no-expunge';

/**
 * A mailbox as one client knows it, built from nothing but what the server says. Every response is checked against what was said
 * before: numbers that exist, UIDs that ascend and stay, MODSEQs that grow, expunges only where they may be.
 */
export class View {
  readonly mailbox: string;
  uidValidity = 0;
  highestModseq = 0;
  readonly entries: Entry[] = [];
  readonly #who: string;
  /** The last responses, for whoever looks for the cause. */
  readonly #heard: string[] = [];
  readonly #truth: Truth;

  constructor(who: string, mailbox: string, truth: Truth) {
    this.#who = who;
    this.mailbox = mailbox;
    this.#truth = truth;
  }

  get uids(): number[] {
    return this.entries.flatMap(({ uid }) => (uid === null ? [] : [uid]));
  }

  /** First sequence number whose UID is not known; 0 when all are. */
  get firstUnknown(): number {
    return this.entries.findIndex(({ uid }) => uid === null) + 1;
  }

  sequence(uid: number): number {
    return this.entries.findIndex((entry) => entry.uid === uid) + 1;
  }

  flags(uid: number): ReadonlySet<string> | null {
    return this.entries.find((entry) => entry.uid === uid)?.flags ?? null;
  }

  fail(what: string): never {
    throw new Mismatch(this.#who, `${this.mailbox}: ${what}\nheard before:\n  ${this.#heard.join('\n  ')}`);
  }

  /** Takes one untagged response in. */
  take(response: ImapResponse, allowed: Allowed): void {
    const text = response.octets.toString('latin1');
    if (this.#heard.push(text.slice(0, 120)) > 40) this.#heard.shift();
    const head = /^(\d+) (EXISTS|RECENT|EXPUNGE|FETCH)\b/.exec(text);
    if (head) {
      const n = Number(head[1]);
      if (head[2] === 'EXISTS') this.#exists(n);
      else if (head[2] === 'EXPUNGE') this.#expunge(n, allowed);
      else if (head[2] === 'FETCH') this.#fetch(n, response.values()[2]);
      return;
    }
    const vanished = /^VANISHED (\(EARLIER\) )?([\d:,]+)$/.exec(text);
    if (vanished) this.#vanished(vanished[2] ?? '', vanished[1] !== undefined, allowed);
    const modseq = /^OK \[HIGHESTMODSEQ (\d+)\]/.exec(text);
    if (modseq) this.#modseq(Number(modseq[1]));
  }

  #modseq(n: number): void {
    if (n < this.highestModseq) this.fail(`HIGHESTMODSEQ went from ${String(this.highestModseq)} to ${String(n)}`);
    this.highestModseq = n;
  }

  #exists(n: number): void {
    if (n < this.entries.length) this.fail(`${String(n)} EXISTS after ${String(this.entries.length)}, with no expunge`);
    while (this.entries.length < n) this.entries.push({ uid: null, flags: null, modseq: 0 });
  }

  #expunge(n: number, allowed: Allowed): void {
    if (allowed === 'no-expunge') this.fail(`EXPUNGE ${String(n)} while sequence numbers are in use`);
    if (n < 1 || n > this.entries.length) this.fail(`EXPUNGE ${String(n)} of ${String(this.entries.length)}`);
    const [gone] = this.entries.splice(n - 1, 1);
    if (gone?.uid != null) this.#truth.gone(this.#who, this.mailbox, this.uidValidity, gone.uid);
  }

  #vanished(set: string, earlier: boolean, allowed: Allowed): void {
    if (!earlier && allowed === 'no-expunge') this.fail(`VANISHED ${set} while sequence numbers are in use`);
    for (const uid of numbersOf(set)) {
      const at = this.sequence(uid);
      if (at > 0) {
        this.entries.splice(at - 1, 1);
        this.#truth.gone(this.#who, this.mailbox, this.uidValidity, uid);
      } else if (!earlier) this.#unknownGone(uid);
    }
  }

  /** A message went whose UID was never told: one of those that stand where it must have stood. */
  #unknownGone(uid: number): void {
    const after = this.entries.findIndex((entry) => entry.uid !== null && entry.uid > uid);
    const end = after < 0 ? this.entries.length : after;
    if (this.entries[end - 1]?.uid !== null) this.fail(`VANISHED ${String(uid)}, which was not there`);
    this.entries.splice(end - 1, 1);
  }

  #fetch(n: number, data: ImapValue | undefined): void {
    const entry = this.entries[n - 1];
    if (!entry || !Array.isArray(data)) this.fail(`FETCH of ${String(n)}, there are ${String(this.entries.length)}`);
    for (let i = 0; i + 1 < data.length; i += 2) this.#item(n, entry, String(data[i]), data[i + 1] ?? null);
  }

  #item(n: number, entry: Entry, name: string, value: ImapValue): void {
    if (name === 'UID') this.#uid(n, entry, Number(value));
    else if (name === 'FLAGS' && Array.isArray(value))
      entry.flags = new Set(value.map((flag) => String(flag).toLowerCase()).filter((flag) => flag !== '\\recent'));
    else if (name === 'MODSEQ' && Array.isArray(value)) {
      const modseq = Number(value[0]);
      if (modseq < entry.modseq)
        this.fail(`MODSEQ of ${String(n)} went from ${String(entry.modseq)} to ${String(modseq)}`);
      entry.modseq = modseq;
    }
  }

  #uid(n: number, entry: Entry, uid: number): void {
    if (entry.uid !== null && entry.uid !== uid)
      this.fail(`message ${String(n)} was UID ${String(entry.uid)} and is now ${String(uid)}`);
    const before = this.entries[n - 2]?.uid ?? null;
    const after = this.entries[n]?.uid ?? null;
    if ((before !== null && before >= uid) || (after !== null && after <= uid))
      this.fail(`UID ${String(uid)} at ${String(n)} stands between ${String(before)} and ${String(after)}`);
    entry.uid = uid;
  }
}

/** `1:3,7` → 1, 2, 3, 7. */
export function numbersOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** 1, 2, 3, 7 → `1:3,7`. */
export function setOf(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const n of sorted) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === n) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges.map(([a, b]) => (a === b ? String(a) : `${String(a)}:${String(b)}`)).join(',');
}
