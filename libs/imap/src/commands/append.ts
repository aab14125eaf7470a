import { Refusal } from '../errors.ts';
import type { Arguments } from '../parse/arguments.ts';
import { formatSet } from '../parse/sequence-set.ts';
import { AUTHENTICATED, type Command, type Context, ok } from '../session/context.ts';
import { orTryCreate } from '../session/completion.ts';
import { MessageSource } from '../session/message-source.ts';

/** RFC 9051 §6.3.12, RFC 3502, RFC 4469, RFC 4315 §3: all messages or none; a client is asked for one only when it can be taken. */
export const append: Command<string> = {
  name: 'APPEND',
  states: AUTHENTICATED,
  parse(args: Arguments) {
    args.space();
    return args.mailbox();
  },
  async proceed(context, mailbox) {
    const { uidValidity, uids } = await fileMessages(context, mailbox, { single: false });
    return ok('APPEND done', `APPENDUID ${String(uidValidity)} ${formatSet(uids)}`);
  },
};

/** Hands the messages of the command under way to the store, in place of another one (RFC 8508) or not. */
export async function fileMessages(
  context: Context,
  mailbox: string,
  options: { readonly single: boolean; readonly replaces?: { readonly mailboxId: number; readonly uid: number } },
): Promise<{ readonly uidValidity: number; readonly uids: readonly number[] }> {
  const { account } = context;
  const source = new MessageSource(context, options);
  if (!(await account.mailbox(mailbox))) throw new Refusal('NO', 'TRYCREATE', 'no such mailbox');
  try {
    return await orTryCreate(account.append(mailbox, source, options.replaces));
  } catch (error) {
    throw source.failure ?? error;
  }
}
