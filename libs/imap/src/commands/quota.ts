import type { QuotaState } from '../backend.ts';
import { AUTHENTICATED, type Command, type Context, no, ok } from '../session/context.ts';
import { formatMailbox } from '../write/mailbox.ts';
import { formatString } from '../write/strings.ts';

/** RFC 9208 §4.2.1; §5: STORAGE in units of 1024 octets (usage rounded up, limits down, so that neither promises too much), MESSAGE in messages. */
function writeQuota(context: Context, { root, storage, messages }: QuotaState): void {
  const resources: string[] = [];
  if (storage.limit !== null)
    resources.push(`STORAGE ${String(Math.ceil(storage.usage / 1024))} ${String(Math.floor(storage.limit / 1024))}`);
  if (messages.limit !== null) resources.push(`MESSAGE ${String(messages.usage)} ${String(messages.limit)}`);
  context.output.add('* QUOTA ', formatString(root), ` (${resources.join(' ')})\r\n`);
}

/** RFC 9208 §4.1.1. */
export const getQuota: Command<string> = {
  name: 'GETQUOTA',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const root = args.text();
    args.end();
    return root;
  },
  async proceed(context, root) {
    const state = await context.account.quota(root);
    if (!state) return no('no such quota root', 'NONEXISTENT');
    writeQuota(context, state);
    return ok('GETQUOTA done');
  },
};

/** RFC 9208 §4.1.2. */
export const getQuotaRoot: Command<string> = {
  name: 'GETQUOTAROOT',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    const name = args.mailbox();
    args.end();
    return name;
  },
  async proceed(context, name) {
    const states = await context.account.quotaOf(name);
    context.output.add('* QUOTAROOT ', formatMailbox(context, name));
    for (const { root } of states) context.output.add(' ', formatString(root));
    context.output.add('\r\n');
    for (const state of states) writeQuota(context, state);
    return ok('GETQUOTAROOT done');
  },
};

/** RFC 9208 §4.1.3: QUOTASET is not announced; limits are the administrator's. */
export const setQuota: Command<null> = {
  name: 'SETQUOTA',
  states: AUTHENTICATED,
  parse(args) {
    args.space();
    args.text();
    args.space();
    args.list(() => [args.atom(), args.space(), args.number()]);
    args.end();
    return null;
  },
  proceed: () => Promise.resolve(no('quotas are set by the administrator', 'NOPERM')),
};
