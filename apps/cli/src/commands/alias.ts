import { Command } from 'commander';
import { at } from '../client.ts';
import type { Act } from '../context.ts';
import { table } from '../style.ts';

export interface Alias {
  readonly address: string;
  readonly targets: readonly string[];
}

/** `postroad alias add|list|rm` */
export function aliasCommand(act: Act): Command {
  const alias = new Command('alias').description('addresses that stand for others');
  alias
    .command('add <address> <targets...>')
    .description('add an alias; targets may be local or elsewhere')
    .action(
      act(async (context, _options: object, address: string, targets: string[]) => {
        const added = await context.api.post<Alias>('/aliases', { address, targets });
        context.print(added, () => `added ${added.address} → ${added.targets.join(', ')}`);
      }),
    );
  alias
    .command('list')
    .alias('ls')
    .description('list the aliases')
    .action(
      act(async (context) => {
        const { aliases } = await context.api.get<{ aliases: Alias[] }>('/aliases');
        const rows = aliases.map(({ address, targets }) => [address, targets.join(', ')]);
        context.print({ aliases }, () =>
          rows.length === 0
            ? 'no alias yet: postroad alias add ADDRESS TARGET…'
            : table(['ALIAS', 'TARGETS'], rows, context.style),
        );
      }),
    );
  alias
    .command('rm <address>')
    .description('remove an alias')
    .action(
      act(async (context, _options: object, address: string) => {
        await context.api.delete(at('/aliases/{}', address));
        context.print({ removed: address }, () => `removed ${address}`);
      }),
    );
  return alias;
}
