import { Refusal } from '../errors.ts';
import type { Arguments } from '../parse/arguments.ts';
import { AUTHENTICATED, type Command, type Context, no, ok } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';
import { formatString } from '../write/strings.ts';

/** RFC 4314 §2.1, in its order. `c` and `d` are the obsolete ones of RFC 2086. */
const RIGHTS = 'lrswipkxtea';
/** RFC 4314 §2.1.1: the old letters stand for these. */
const OLD: Readonly<Record<string, string>> = { c: 'kx', d: 'te' };
const MAX_IDENTIFIER = 512;

interface SetArguments {
  readonly name: string;
  readonly identifier: string;
  readonly mode: '+' | '-' | '';
  /** Null: a letter no server knows (RFC 4314 §3.1: BAD). */
  readonly rights: string | null;
}

/** Letters in the order of the RFC, old ones resolved; null when one is unknown. */
function readRights(text: string): string | null {
  const letters = new Set([...text].flatMap((letter) => [...(OLD[letter] ?? letter)]));
  if ([...letters].some((letter) => !RIGHTS.includes(letter))) return null;
  return [...RIGHTS].filter((letter) => letters.has(letter)).join('');
}

/** As clients of RFC 2086 expect it: `c` with all of `kx`, `d` with any of `te` (RFC 4314 §2.1.1). */
function withOld(rights: string): string {
  const c = /[kx]/.test(rights) ? 'c' : '';
  const d = /[te]/.test(rights) ? 'd' : '';
  return rights + c + d;
}

/** RFC 4314 §3.1. */
export const setAcl: Command<SetArguments> = {
  name: 'SETACL',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const name = args.mailbox();
    args.space();
    const identifier = args.text();
    args.space();
    const given = args.astring();
    args.end();
    const mode = given.startsWith('+') ? '+' : given.startsWith('-') ? '-' : '';
    return { name, identifier, mode, rights: readRights(given.slice(mode.length)) };
  },
  check(_context, { identifier, rights }) {
    if (rights === null) return { status: 'BAD', text: `rights are letters of ${RIGHTS}` };
    const named = identifier.replace(/^-/, '');
    return named === '' || identifier.length > MAX_IDENTIFIER ? { status: 'BAD', text: 'not an identifier' } : null;
  },
  async proceed(context, { name, identifier, mode, rights }) {
    const before = mode === '' ? '' : await rightsOf(context, name, identifier);
    const change = rights ?? '';
    const after =
      mode === '-' ? [...before].filter((letter) => !change.includes(letter)).join('') : readRights(before + change);
    await context.account.setAcl(name, identifier, after ?? '');
    return ok('SETACL done');
  },
};

async function rightsOf(context: Context, name: string, identifier: string): Promise<string> {
  const lines = await context.account.acl(name);
  return lines.find((line) => line.identifier === identifier.toLowerCase())?.rights ?? '';
}

/** RFC 4314 §3.2. */
export const deleteAcl: Command<{ name: string; identifier: string }> = {
  name: 'DELETEACL',
  states: AUTHENTICATED,
  parse: withIdentifier,
  async proceed(context, { name, identifier }) {
    await context.account.setAcl(name, identifier, '');
    return ok('DELETEACL done');
  },
};

/** RFC 4314 §3.3, §3.6. */
export const getAcl: Command<string> = {
  name: 'GETACL',
  states: AUTHENTICATED,
  parse: onlyMailbox,
  async proceed(context, name) {
    const { account, output } = context;
    const lines = await account.acl(name);
    output.add('* ACL ', formatMailbox(context, name));
    for (const { identifier, rights } of lines)
      output.add(' ', formatString(identifier), ` ${formatRights(withOld(rights))}`);
    output.add('\r\n');
    return ok('GETACL done');
  },
};

/** RFC 4314 §3.4, §3.7: the owner has all rights, always; anybody else may be given any of them by itself. */
export const listRights: Command<{ name: string; identifier: string }> = {
  name: 'LISTRIGHTS',
  states: AUTHENTICATED,
  parse: withIdentifier,
  async proceed(context, { name, identifier }) {
    const { account, output } = context;
    await account.acl(name);
    const mailbox = await account.mailbox(name);
    const isOwner = mailbox !== null && !mailbox.shared && identifier.toLowerCase() === account.address;
    output.add('* LISTRIGHTS ', formatMailbox(context, name), ' ', formatString(identifier));
    output.add(isOwner ? ` ${RIGHTS}\r\n` : ` "" ${[...RIGHTS].join(' ')}\r\n`);
    return ok('LISTRIGHTS done');
  },
};

/** RFC 4314 §3.5, §3.8. */
export const myRights: Command<string> = {
  name: 'MYRIGHTS',
  states: AUTHENTICATED,
  parse: onlyMailbox,
  async proceed(context, name) {
    const { account, output } = context;
    const mailbox = await account.mailbox(name);
    if (!mailbox) throw new Refusal('NO', 'NONEXISTENT', 'no such mailbox');
    // RFC 4314 §4: LIST alone shows that it exists, MYRIGHTS needs one of these
    if (!/[lrikxa]/.test(mailbox.rights)) return no('no rights on this mailbox', 'NOPERM');
    output.add('* MYRIGHTS ', formatMailbox(context, name), ` ${formatRights(withOld(mailbox.rights))}\r\n`);
    return ok('MYRIGHTS done');
  },
};

function withIdentifier(args: Arguments): { name: string; identifier: string } {
  args.space();
  const name = args.mailbox();
  args.space();
  const identifier = args.text();
  args.end();
  return { name, identifier };
}

function onlyMailbox(args: Arguments): string {
  args.space();
  const name = args.mailbox();
  args.end();
  return name;
}

function formatRights(rights: string): string {
  return rights === '' ? '""' : rights;
}
