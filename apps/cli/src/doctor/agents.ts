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
