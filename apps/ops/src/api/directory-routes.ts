import { z } from '@postroad/config';
import type { Account, DirectoryWriter } from '@postroad/directory';
import { route, type Route } from './route.ts';
import { account, address, alias, byAddress, domain, password, pool, quota } from './schemas.ts';

const byName = z.object({ name: z.string().min(1).max(253) });
const NOT_FOUND = [404] as const;
const NEW = [400, 404, 409] as const;

const sorted = <T>(list: readonly T[], key: (item: T) => string) =>
  list.toSorted((a, b) => key(a).localeCompare(key(b)));

/** Domains, accounts and aliases (KV directory). */
export const directoryRoutes = (directory: DirectoryWriter): Route[] => [
  ...domains(directory),
  ...accounts(directory),
  ...aliases(directory),
];

const domains = (directory: DirectoryWriter): Route[] => [
  route({
    ...{ id: 'listDomains', tag: 'directory', method: 'GET', path: '/domains', summary: 'Domains that we receive for' },
    answer: z.object({ domains: z.array(domain) }),
    handle: async () => ({ domains: sorted(await directory.listDomains(), (d) => d.name) }),
  }),
  route({
    ...{
      id: 'addDomain',
      tag: 'directory',
      method: 'POST',
      path: '/domains',
      summary: 'Adds a domain',
      status: 201,
      errors: [400, 409],
    },
    body: byName.extend({ pool: pool.optional() }),
    answer: domain,
    handle: async ({ body }) =>
      await directory.addDomain(body.name, body.pool === undefined ? {} : { pool: body.pool }),
  }),
  route({
    ...{
      id: 'setPool',
      tag: 'directory',
      method: 'PUT',
      path: '/domains/{name}/pool',
      summary: 'Sets the source pool by which mail of a domain leaves; `default` takes it back',
      errors: [400, 404],
    },
    params: byName,
    body: z.object({ pool }),
    answer: domain,
    handle: async ({ params, body }) => await directory.setPool(params.name, body.pool),
  }),
  route({
    ...{
      id: 'removeDomain',
      tag: 'directory',
      method: 'DELETE',
      path: '/domains/{name}',
      summary: 'Removes a domain that no address uses',
      errors: [404, 409],
    },
    params: byName,
    handle: ({ params }) => directory.removeDomain(params.name),
  }),
];

const accounts = (directory: DirectoryWriter): Route[] => [
  route({
    ...{ id: 'listAccounts', tag: 'directory', method: 'GET', path: '/accounts', summary: 'Accounts' },
    query: z.object({ domain: z.string().optional() }),
    answer: z.object({ accounts: z.array(account) }),
    handle: async ({ query }) => {
      const all = sorted(await directory.listAccounts(), (a) => a.address);
      const end = `@${query.domain?.toLowerCase()}`;
      return { accounts: query.domain === undefined ? all : all.filter((each: Account) => each.address.endsWith(end)) };
    },
  }),
  route({
    ...{
      id: 'addAccount',
      tag: 'directory',
      method: 'POST',
      path: '/accounts',
      summary: 'Adds an account',
      status: 201,
      errors: NEW,
    },
    body: z.object({ address, password, name: z.string().min(1).max(200).optional(), quota: quota.optional() }),
    answer: account,
    handle: async ({ body: { name, quota: limits, ...rest } }) => {
      const bounds = Object.fromEntries(Object.entries(limits ?? {}).filter(([, value]) => value !== undefined));
      return await directory.addAccount({ ...rest, ...(name === undefined ? {} : { name }), quota: bounds });
    },
  }),
  route({
    ...{
      id: 'removeAccount',
      tag: 'directory',
      method: 'DELETE',
      path: '/accounts/{address}',
      summary: 'Removes an account',
      errors: NOT_FOUND,
    },
    params: byAddress,
    handle: ({ params }) => directory.removeAccount(params.address),
  }),
  route({
    ...{
      id: 'setQuota',
      tag: 'directory',
      method: 'PUT',
      path: '/accounts/{address}/quota',
      summary: 'Replaces the limits of an account; what is absent is unlimited',
      errors: [400, 404],
    },
    params: byAddress,
    body: quota,
    answer: account,
    handle: ({ params, body }) =>
      directory.setQuota(params.address, {
        ...(body.bytes !== undefined && { bytes: body.bytes }),
        ...(body.messages !== undefined && { messages: body.messages }),
      }),
  }),
  route({
    ...{
      id: 'setPassword',
      tag: 'directory',
      method: 'PUT',
      path: '/accounts/{address}/password',
      summary: 'Sets the password of an account',
      errors: [400, 404],
    },
    params: byAddress,
    body: z.object({ password }),
    handle: ({ params, body }) => directory.setPassword(params.address, body.password),
  }),
];

const aliases = (directory: DirectoryWriter): Route[] => [
  route({
    ...{ id: 'listAliases', tag: 'directory', method: 'GET', path: '/aliases', summary: 'Aliases' },
    answer: z.object({ aliases: z.array(alias) }),
    handle: async () => ({ aliases: sorted(await directory.listAliases(), (a) => a.address) }),
  }),
  route({
    ...{
      id: 'addAlias',
      tag: 'directory',
      method: 'POST',
      path: '/aliases',
      summary: 'Adds an address that stands for others',
      status: 201,
      errors: NEW,
    },
    body: z.object({ address, targets: z.array(address).min(1).max(1_000) }),
    answer: alias,
    handle: async ({ body }) => await directory.addAlias(body.address, body.targets),
  }),
  route({
    ...{
      id: 'removeAlias',
      tag: 'directory',
      method: 'DELETE',
      path: '/aliases/{address}',
      summary: 'Removes an alias',
      errors: NOT_FOUND,
    },
    params: byAddress,
    handle: ({ params }) => directory.removeAlias(params.address),
  }),
];
