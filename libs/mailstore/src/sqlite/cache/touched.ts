import type { WriterOperations } from '../write/worker.ts';

/** Writes after which every mailbox answers as before. */
const TOUCH_NOTHING: readonly string[] = [
  'rewire',
  'collectGarbage',
  'unreferencedFiles',
  'vacuum',
  'purgeDeliveries',
  'purgeExpunged',
  'loadDeliveries',
] satisfies (keyof WriterOperations)[];

interface WithAccounts {
  readonly account?: unknown;
  readonly target?: { readonly account: string };
  readonly rows?: readonly { readonly account?: unknown }[];
}

/** Accounts whose mailboxes answer otherwise after a write. */
export function touchedBy(op: string, args: unknown): ReadonlySet<string> | 'all' {
  if (TOUCH_NOTHING.includes(op)) return NONE;
  if (op === 'account' && typeof args === 'string') return new Set([args]);
  if (typeof args !== 'object' || args === null) return 'all';
  const { account, target, rows } = args as WithAccounts;
  const touched = new Set<unknown>(op === 'deliver' ? rows?.map((row) => row.account) : [account]);
  if (target) touched.add(target.account);
  for (const name of touched) if (typeof name !== 'string') return 'all';
  return touched as Set<string>;
}

const NONE: ReadonlySet<string> = new Set();
