import type { MailboxInfo } from '../backend.ts';
import type { Arguments } from '../parse/arguments.ts';
import { AUTHENTICATED, type Command, type Context, no, ok } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';
import { writeListLine } from './list-response.ts';

interface CreateArguments {
  readonly asked: string;
  readonly name: string;
  /** Attributes of `(USE (…))` (RFC 6154 §3). */
  readonly uses: readonly string[];
}

/** RFC 6154 §2; `\All` and `\Flagged` are views no store here makes. */
const USES: readonly string[] = ['\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash'];

function parseUses(args: Arguments): string[] {
  const uses: string[] = [];
  args.list(() => {
    args.expect('USE ');
    uses.push(...args.list(() => args.flag()));
  });
  return uses;
}

/** RFC 9051 §6.3.4: a separator at the end says only that children will come. RFC 6154 §3, RFC 8474 §4.1. */
export const create: Command<CreateArguments> = {
  name: 'CREATE',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const asked = args.mailbox();
    const uses = args.skip(' ') && !args.atEnd() ? parseUses(args) : [];
    args.end();
    return { asked, name: asked.replace(/\/$/, ''), uses };
  },
  check(_context, { name, uses }) {
    if (/^inbox$/i.test(name)) return no('INBOX is always there', 'ALREADYEXISTS');
    if (uses.length > 1) return no('one special use for a mailbox', 'USEATTR');
    return uses[0] !== undefined && !known(uses[0]) ? no('no such special use', 'USEATTR') : null;
  },
  causes: ({ name }) => [name],
  async proceed(context, { asked, name, uses }) {
    const use = uses[0] === undefined ? undefined : known(uses[0]);
    const mailbox = await make(context, name, use);
    if (!mailbox) return no('this special use cannot be given', 'USEATTR');
    // RFC 9051 §6.3.4: the client learns the name when it is not the one it wrote
    if (context.enabled.has('IMAP4rev2') && mailbox.name !== name)
      writeListLine(context, [], mailbox.name, [' ("OLDNAME" (', formatMailbox(context, asked), '))']);
    return ok('CREATE done', `MAILBOXID (${mailbox.objectId})`);
  },
};

function known(use: string): string | undefined {
  return USES.find((one) => one.toLowerCase() === use.toLowerCase());
}

/** Null when it is the special use the store refuses (RFC 6154 §3). */
async function make({ account }: Context, name: string, use: string | undefined): Promise<MailboxInfo | null> {
  if (use === undefined) return account.create(name);
  try {
    return await account.create(name, use);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'CANNOT') return null;
    // a name that exists and a special use that is taken are told apart by looking
    if (code === 'EXISTS' && !(await account.mailbox(name))) return null;
    throw error;
  }
}
