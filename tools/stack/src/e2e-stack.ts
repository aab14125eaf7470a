import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KvDirectoryWriter } from '@postroad/directory';
import { eventually } from '@postroad/testkit';
import { Stack, type StackOptions } from './stack.ts';

export interface E2eStack {
  readonly stack: Stack;
  readonly users: readonly string[];
  readonly password: string;
  stop(): Promise<void>;
}

const PASSWORD = 'e2e-password';

/** Waits until it is so, and says what it waited for when it never is: long, since a whole stack shares the machine with others. */
export async function happens(what: string, check: () => Promise<boolean>): Promise<void> {
  await eventually(async () => (await check()) || what, 60_000);
}

/** A stack in a folder of its own with a few accounts, for one end-to-end test. */
export async function startE2e(
  options: Omit<StackOptions, 'home'> & { portOffset: number },
  names: readonly string[] = ['alice', 'bob'],
): Promise<E2eStack> {
  const home = mkdtempSync(join(tmpdir(), 'postroad-e2e-'));
  const stack = await Stack.start({ agents: ['mda', 'mta', 'msa'], ...options, home });
  const directory = new KvDirectoryWriter(stack.bus);
  await directory.addDomain(stack.domain);
  const users = names.map((name) => `${name}@${stack.domain}`);
  for (const address of users) await directory.addAccount({ address, password: PASSWORD });
  return {
    stack,
    users,
    password: PASSWORD,
    stop: async () => {
      await stack.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
