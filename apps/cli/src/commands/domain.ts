import { Command } from 'commander';
import { at } from '../client.ts';
import type { Act } from '../context.ts';
import { table } from '../style.ts';

interface Domain {
  readonly name: string;
  readonly pool?: string;
  readonly createdAt: string;
}

/** `postroad domain add|set|list|rm` */
export function domainCommand(act: Act): Command {
  const domain = new Command('domain').description('domains that mail is received for');
  domain
    .command('add <name>')
    .description('add a domain')
    .option('--pool <name>', 'source pool by which its mail leaves')
    .action(
      act(async (context, { pool }: { pool?: string }, name: string) => {
        const added = await context.api.post<Domain>('/domains', { name, ...(pool === undefined ? {} : { pool }) });
        context.print(added, () => `added ${added.name}`);
      }),
    );
  domain
    .command('set <name>')
    .description('change a domain')
    .requiredOption('--pool <name>', 'source pool by which its mail leaves from now on; "default" takes it back')
    .action(
      act(async (context, { pool }: { pool: string }, name: string) => {
        const changed = await context.api.put<Domain>(at('/domains/{}/pool', name), { pool });
        const { pools } = await context.api.get<{ pools: { pool: string; served: boolean }[] }>('/pools');
        const served = pools.some((each) => each.pool === pool && each.served);
        context.print({ ...changed, served }, () =>
          [
            `mail of ${changed.name} leaves by the pool ${changed.pool ?? 'default'}`,
            // The router sends by default what no relay is known to take (relayPools).
            ...(served ? [] : ['no relay serves it now: until the router knows of one, the mail leaves by default']),
          ].join('\n'),
        );
      }),
    );
  domain
    .command('list')
    .alias('ls')
    .description('list the domains')
    .action(
      act(async (context) => {
        const { domains } = await context.api.get<{ domains: Domain[] }>('/domains');
        const rows = domains.map(({ name, pool, createdAt }) => [name, pool ?? 'default', createdAt.slice(0, 10)]);
        context.print({ domains }, () =>
          rows.length === 0
            ? 'no domain yet: postroad domain add NAME'
            : table(['DOMAIN', 'POOL', 'SINCE'], rows, context.style),
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
