import type { Client } from '../client.ts';
import { CliError } from '../io.ts';
import { type Check, fail, ok, reason } from './types.ts';

/** /readyz of one agent. */
export async function checkAgent(name: string, url: string): Promise<Check> {
  try {
    const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(5_000) });
    const text = (await response.text()).trim().slice(0, 300);
    return response.ok
      ? ok(`agent ${name}`, 'ready')
      : fail(`agent ${name}`, text, `see ${name}.log in the logs folder`);
  } catch (error) {
    return fail(`agent ${name}`, `${url}: ${reason(error)}`, `see ${name}.log in the logs folder`);
  }
}

interface Health {
  readonly broker: { readonly ready: boolean; readonly detail: string };
  readonly store: { readonly ready: boolean; readonly detail: string; readonly events: number };
}

/** Mail in a source pool that no relay serves waits for ever. */
export async function checkPools(api: () => Client): Promise<Check> {
  try {
    const { pools } = await api().get<{ pools: { pool: string; records: number; served: boolean }[] }>('/pools');
    const stranded = pools.filter(({ records, served }) => records > 0 && !served);
    const [first] = stranded;
    return first === undefined
      ? ok('source pools', `${pools.filter(({ served }) => served).length} with relays, nothing waits in others`)
      : fail(
          'source pools',
          stranded.map(({ pool, records }) => `${pool}: ${records} records and no relay`).join('; '),
          `start a relay with relayPool ${first.pool}, or: postroad queue move --pool ${first.pool} --to default`,
        );
  } catch (error) {
    return fail('source pools', (error as Error).message, 'see ops.log in the logs folder');
  }
}

/** The admin API with the token, and what it says of broker and event store. */
export async function checkApi(api: () => Client): Promise<Check> {
  try {
    const { broker, store } = await api().get<Health>('/health');
    const bad = [broker, store].find(({ ready }) => !ready);
    return bad === undefined
      ? ok('admin API', `the token fits; ${store.events} events kept`)
      : fail('admin API', bad.detail, 'see ops.log in the logs folder');
  } catch (error) {
    return fail(
      'admin API',
      (error as Error).message,
      (error instanceof CliError ? error.hint : undefined) ?? 'see ops.log in the logs folder',
    );
  }
}
