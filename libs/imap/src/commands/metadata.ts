import type { AnnotationValue, ImapAccount } from '../backend.ts';
import type { Arguments } from '../parse/arguments.ts';
import { AUTHENTICATED, type Command, type Completion, no, ok } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';

/** RFC 5464 §4.2: how deep below an entry GETMETADATA looks. */
type Depth = '0' | '1' | 'infinity';

interface GetArguments {
  readonly mailbox: string | null;
  readonly entries: readonly string[];
  readonly depth: Depth;
  readonly maxSize: number | null;
}

const MAX_ENTRIES = 200;

/** Entry names are case-insensitive and begin with /private or /shared (RFC 5464 §3.2); null when this is none. */
function entryName(wire: string): string | null {
  const entry = wire.toLowerCase();
  if (entry.length > 255 || !/^\/(?:private|shared)(?:\/[\x21-\x24\x26-\x29\x2b-\x2e\x30-\x7e]+)*$/.test(entry))
    return null;
  return entry;
}

function readEntry(args: Arguments): string {
  return entryName(args.astring()) ?? args.fail('an entry name below /private or /shared');
}

/** The empty name is the server itself. */
function readMailbox(args: Arguments): string | null {
  const name = args.mailbox();
  return name === '' ? null : name;
}

/** RFC 5464 §4.2. Options may stand before or (as §4.2's examples have it) after the mailbox. */
export const getMetadata: Command<GetArguments> = {
  name: 'GETMETADATA',
  states: AUTHENTICATED,
  parse(args) {
    const options: Options = { depth: '0', maxSize: null };
    args.space();
    if (args.peek() === '(') {
      readOptions(args, options);
      args.space();
    }
    const mailbox = readMailbox(args);
    args.space();
    let entries: string[];
    if (args.peek() !== '(') entries = [readEntry(args)];
    else {
      const optionsAgain = /^\((?:depth|maxsize) /i.test(args.ahead(10));
      if (optionsAgain) {
        readOptions(args, options);
        args.space();
      }
      entries = args.peek() === '(' ? args.list(() => readEntry(args)) : [readEntry(args)];
    }
    args.end();
    if (entries.length === 0 || entries.length > MAX_ENTRIES) args.fail('between 1 and 200 entries');
    return { mailbox, entries, ...options };
  },
  async proceed(context, { mailbox, entries, depth, maxSize }) {
    const { account, output } = context;
    const all = await account.annotations(mailbox);
    const found = all.filter(({ entry }) => entries.some((wanted) => matches(entry, wanted, depth)));
    const small = found.filter(({ value }) => maxSize === null || (value?.length ?? 0) <= maxSize);
    // an entry asked for by name that has no value is told as NIL (RFC 5464 §4.4.1)
    const missing = entries.filter((entry) => depth === '0' && !all.some((one) => one.entry === entry));
    const shown: AnnotationValue[] = [...small, ...missing.map((entry) => ({ entry, value: null }))];
    if (shown.length > 0) {
      output.add('* METADATA ', formatMailbox(context, mailbox ?? ''), ' (');
      for (const [i, { entry, value }] of shown.entries())
        output.add(i > 0 ? ' ' : '', entry, ' ', ...(value === null ? ['NIL'] : valuePieces(value)));
      output.add(')\r\n');
      await output.room();
    }
    const longest = Math.max(0, ...found.map(({ value }) => value?.length ?? 0));
    return longest > (maxSize ?? longest)
      ? ok('GETMETADATA done', `METADATA LONGENTRIES ${String(longest)}`)
      : ok('GETMETADATA done');
  },
};

interface Options {
  depth: Depth;
  maxSize: number | null;
}

function readOptions(args: Arguments, options: Options): void {
  args.list(() => {
    const name = args.atom().toUpperCase();
    args.space();
    if (name === 'MAXSIZE') options.maxSize = args.number32();
    else if (name === 'DEPTH') {
      const depth = args.atom().toLowerCase();
      if (depth !== '0' && depth !== '1' && depth !== 'infinity') args.fail('0, 1 or infinity');
      options.depth = depth;
    } else args.fail('MAXSIZE or DEPTH');
  });
}

function matches(entry: string, wanted: string, depth: Depth): boolean {
  if (entry === wanted) return true;
  if (depth === '0' || !entry.startsWith(`${wanted}/`)) return false;
  return depth === 'infinity' || !entry.slice(wanted.length + 1).includes('/');
}

/** A value as a literal, `~{n}` when it holds NUL (RFC 5464 §5, RFC 3516). */
function valuePieces(value: Uint8Array): (string | Uint8Array)[] {
  const mark = value.includes(0) ? '~' : '';
  return [`${mark}{${String(value.length)}}\r\n`, value];
}

interface SetArguments {
  readonly mailbox: string | null;
  readonly changes: readonly AnnotationValue[];
}

/** RFC 5464 §4.3: all entries or none. */
export const setMetadata: Command<SetArguments> = {
  name: 'SETMETADATA',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const mailbox = readMailbox(args);
    args.space();
    const changes = args.list(() => {
      const entry = readEntry(args);
      args.space();
      return { entry, value: args.octets() };
    });
    args.end();
    if (changes.length === 0 || changes.length > MAX_ENTRIES) args.fail('between 1 and 200 entries');
    return { mailbox, changes };
  },
  check(context, { changes }) {
    const limit = context.limits.annotation;
    return changes.some(({ value }) => (value?.length ?? 0) > limit)
      ? no('the value is too long', `METADATA MAXSIZE ${String(limit)}`)
      : null;
  },
  causes: ({ mailbox }) => [mailbox],
  async proceed({ account }, { mailbox, changes }) {
    return (await annotate(account, mailbox, changes)) ?? ok('SETMETADATA done');
  },
};

async function annotate(
  account: ImapAccount,
  mailbox: string | null,
  changes: readonly AnnotationValue[],
): Promise<Completion | null> {
  try {
    await account.annotate(mailbox, changes);
    return null;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'OVER_QUOTA') throw error;
    return no('too many entries', 'METADATA TOOMANY');
  }
}
