import { packFlagNames } from '../parse/flags.ts';
import { Refusal } from '../errors.ts';
import { parseDateTime } from '../parse/date-time.ts';
import { AUTHENTICATED, type Command, no, ok } from '../session/context.ts';
import { orTryCreate } from '../session/completion.ts';

interface AppendArguments {
  readonly mailbox: string;
  readonly flags: readonly string[];
  /** ms since the epoch; null: now. */
  readonly date: number | null;
}

/** RFC 3501 §6.3.11, RFC 4315 §3. The message is streamed to the backend; the client is asked for it only when it can be taken. */
export const append: Command<AppendArguments> = {
  name: 'APPEND',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const mailbox = args.mailbox();
    args.space();
    let flags: readonly string[] = [];
    if (args.peek() === '(') {
      flags = packFlagNames(args.list(() => args.flag()));
      args.space();
    }
    let date: number | null = null;
    if (args.peek() === '"') {
      date = parseDateTime(args.string()) ?? args.fail('a date-time');
      args.space();
    }
    args.end();
    return { mailbox, flags, date };
  },
  check: (context) => (context.incoming().size > context.limits.append ? no('message too large', 'TOOBIG') : null),
  async proceed(context, { mailbox, flags, date }) {
    const { account } = context;
    if (!(await account.mailbox(mailbox))) throw new Refusal('NO', 'TRYCREATE', 'no such mailbox');
    const { size, content } = context.incoming();
    // RFC 3501 §6.3.11 gives the empty message no meaning; some clients send `{0}` to cancel (RFC 3502)
    if (size === 0) return no('an empty message is not stored');
    const appended = await orTryCreate(
      account.append(mailbox, { flags, internalDate: date ?? Date.now(), size, content }),
    );
    return ok('APPEND done', `APPENDUID ${String(appended.uidValidity)} ${String(appended.uid)}`);
  },
};
