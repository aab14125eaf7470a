import { Command, InvalidArgumentError } from 'commander';
import { at, query } from '../client.ts';
import type { Act } from '../context.ts';
import { readPassword } from '../secret.ts';
import { bytes, table } from '../style.ts';
import type { Alias } from './alias.ts';

interface Account {
  readonly address: string;
  readonly name?: string;
  readonly quota: { readonly bytes?: number; readonly messages?: number };
  readonly state: string;
}

const UNITS = { '': 1, k: 1_024, m: 1_024 ** 2, g: 1_024 ** 3, t: 1_024 ** 4 } as const;

/** `500M`, `2G`, `1048576`: octets, with powers of 1024. */
function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const value = match === null ? NaN : Number(match[1]) * UNITS[(match[2] ?? '').toLowerCase() as keyof typeof UNITS];
  if (!Number.isSafeInteger(Math.round(value)) || value < 1) throw new InvalidArgumentError('say it like 500M or 2G.');
  return Math.round(value);
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('say a whole number above 0.');
  return value;
}

function quotaText({ bytes: octets, messages }: Account['quota']): string {
  const parts = [octets === undefined ? '' : bytes(octets), messages === undefined ? '' : `${messages} messages`];
  return parts.filter((part) => part !== '').join(', ') || 'no limit';
}

/** `postroad account add|list|passwd|quota|rm` */
export function accountCommand(act: Act): Command {
  const account = new Command('account').description('mail accounts');
  account
    .command('add <address>')
    .description('add an account; its password comes from stdin')
    .option('--name <name>', 'display name')
    .option('--quota <size>', 'room for mail, e.g. 500M or 2G', parseBytes)
    .option('--password-stdin', 'read the password from the first line of stdin')
    .action(
      act(async (context, options: { name?: string; quota?: number; passwordStdin?: boolean }, address: string) => {
        const password = await readPassword(context.io, options.passwordStdin === true, `Password for ${address}`);
        const { name, quota } = options;
        const added = await context.api.post<Account>('/accounts', {
          ...{ address, password },
          ...(name === undefined ? {} : { name }),
          ...(quota === undefined ? {} : { quota: { bytes: quota } }),
        });
        context.print(added, () => `added ${added.address}`);
      }),
    );
  account
    .command('list')
    .alias('ls')
    .description('list the accounts')
    .option('--domain <name>', 'only of this domain')
    .action(
      act(async (context, { domain }: { domain?: string }) => {
        const { accounts } = await context.api.get<{ accounts: Account[] }>(`/accounts${query({ domain })}`);
        const rows = accounts.map(({ address, name, quota, state }) => [address, name ?? '–', quotaText(quota), state]);
        context.print({ accounts }, () =>
          rows.length === 0
            ? 'no account yet: postroad account add ADDRESS'
            : table(['ADDRESS', 'NAME', 'QUOTA', 'STATE'], rows, context.style),
        );
      }),
    );
  account
    .command('passwd <address>')
    .description('set the password of an account, from stdin')
    .option('--password-stdin', 'read the password from the first line of stdin')
    .action(
      act(async (context, { passwordStdin }: { passwordStdin?: boolean }, address: string) => {
        const password = await readPassword(context.io, passwordStdin === true, `New password for ${address}`);
        await context.api.put(at('/accounts/{}/password', address), { password });
        context.print({ address }, () => `the password of ${address} is set`);
      }),
    );
  account
    .command('quota <address>')
    .description('limit what an account may hold; what is not named is unlimited')
    .option('--bytes <size>', 'room for mail, e.g. 500M or 2G', parseBytes)
    .option('--messages <n>', 'number of messages', parseCount)
    .action(
      act(async (context, options: { bytes?: number; messages?: number }, address: string) => {
        const changed = await context.api.put<Account>(at('/accounts/{}/quota', address), options);
        context.print(changed, () => `${changed.address}: ${quotaText(changed.quota)}`);
      }),
    );
  account
    .command('rm <address>')
    .description('remove an account; its address is free again')
    .action(
      act(async (context, _options: object, address: string) => {
        const { aliases } = await context.api.get<{ aliases: Alias[] }>('/aliases');
        await context.api.delete(at('/accounts/{}', address));
        const left = aliases.filter(({ targets }) => targets.some((to) => to.toLowerCase() === address.toLowerCase()));
        context.print({ removed: address, aliases: left.map((alias) => alias.address) }, () =>
          [
            `removed ${address}`,
            ...left.map(
              (alias) => `${alias.address} still leads there: what is written to it comes back to its sender`,
            ),
          ].join('\n'),
        );
      }),
    );
  return account;
}
