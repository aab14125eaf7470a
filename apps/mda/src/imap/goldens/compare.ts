import type { ImapValue } from '@postroad/testkit';
import { canonical, canonicalStructure } from './canonical.ts';
import type { Difference } from './difference.ts';
import type { GoldenMessage } from './messages.ts';
import { sectionsOf } from './sections.ts';
import type { GoldenMailbox } from './servers.ts';

export interface Comparison {
  /** Answers compared. */
  readonly answers: number;
  readonly differences: readonly Difference[];
}

const WHOLE =
  'ENVELOPE BODYSTRUCTURE BODY RFC822.SIZE INTERNALDATE BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] RFC822.HEADER';
const FIELDS =
  'BODY.PEEK[HEADER.FIELDS (From Subject X-Nothing)] BODY.PEEK[HEADER.FIELDS.NOT (Received To)] BODY.PEEK[]<10.200>';

/** Everything FETCH tells of one message: whole, and each section either server knows. */
export async function compareMessage(
  ours: GoldenMailbox,
  theirs: GoldenMailbox,
  uid: number,
  { name }: GoldenMessage,
): Promise<Comparison> {
  const [mine, other] = [await ours.fetch(uid, `${WHOLE} ${FIELDS}`), await theirs.fetch(uid, `${WHOLE} ${FIELDS}`)];
  const items = new Set<string>();
  for (const { section, isMessage } of [mine, other].flatMap((data) => sectionsOf(data.get('BODYSTRUCTURE') ?? null))) {
    for (const item of [section, `${section}.MIME`]) items.add(`BODY.PEEK[${item}]`);
    if (isMessage) for (const part of ['HEADER', 'TEXT']) items.add(`BODY.PEEK[${section}.${part}]`);
  }
  const list = [...items].join(' ');
  const [parts, otherParts] = [await ours.fetch(uid, list), await theirs.fetch(uid, list)];
  return join(diff(name, mine, other), diff(name, parts, otherParts));
}

/** Answers of SEARCH, SORT and THREAD. The order of SEARCH says nothing. */
export async function compareAnswer(ours: GoldenMailbox, theirs: GoldenMailbox, question: string): Promise<Comparison> {
  const ordered = !question.includes(' SEARCH ');
  const form = (values: ImapValue[]): string => {
    const list = ordered ? values : [...values].sort((a, b) => Number(a) - Number(b));
    return list.map(canonical).join(' ');
  };
  const [mine, other] = [form(await ours.ask(question)), form(await theirs.ask(question))];
  return { answers: 1, differences: mine === other ? [] : [{ of: question, item: '', ours: mine, theirs: other }] };
}

function diff(of: string, ours: Map<string, ImapValue>, theirs: Map<string, ImapValue>): Comparison {
  const items = new Set([...ours.keys(), ...theirs.keys()]);
  items.delete('UID');
  items.delete('FLAGS');
  const differences: Difference[] = [];
  for (const item of items) {
    const form = item.startsWith('BODYSTRUCTURE') || item === 'BODY' ? canonicalStructure : canonical;
    const [mine, other] = [form(ours.get(item)), form(theirs.get(item))];
    if (mine !== other) differences.push({ of, item, ours: mine, theirs: other });
  }
  return { answers: items.size, differences };
}

export function join(...parts: readonly Comparison[]): Comparison {
  return {
    answers: parts.reduce((sum, { answers }) => sum + answers, 0),
    differences: parts.flatMap(({ differences }) => differences),
  };
}
