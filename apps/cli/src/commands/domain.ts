import { Command } from 'commander';
import { at } from '../client.ts';
import type { Act } from '../context.ts';
import { table } from '../style.ts';

interface Domain {
  readonly name: string;
  readonly createdAt: string;
}

/** `postroad domain add|list|rm` */
export function domainCommand(act: Act): Command {
  const domain = new Command('domain').description('domains that mail is received for');
  domain
    .command('add <name>')
    .description('add a domain')
    .action(
      act(async (context, _options: object, name: string) => {
        const added = await context.api.post<Domain>('/domains', { name });
        context.print(added, () => `added ${added.name}`);
      }),
    );
  domain
    .command('list')
    .alias('ls')
    .description('list the domains')
    .action(
      act(async (context) => {
        const { domains } = await context.api.get<{ domains: Domain[] }>('/domains');
        const rows = domains.map(({ name, createdAt }) => [name, createdAt.slice(0, 10)]);
        context.print({ domains }, () =>
          rows.length === 0
            ? 'no domain yet: postroad domain add NAME'
            : table(['DOMAIN', 'SINCE'], rows, context.style),
        );
      }),
    );
  domain
    .command('rm <name>')
    .description('remove a domain that no address uses')
    .action(
      act(async (context, _options: object, name: string) => {
        await context.api.delete(at('/domains/{}', name));
        context.print({ removed: name }, () => `removed ${name}`);
      }),
    );
  return domain;
}
