import type { ClientBase } from 'pg';
import { StoreError } from '../types.ts';

interface Settings {
  readonly version: number;
  readonly commit: string;
  readonly fsync: string;
  readonly encoding: string;
}

/** `on` waits for the local disk (and a synchronous standby's, where one is configured); `remote_apply` for more. */
const DURABLE = new Set(['on', 'remote_apply']);

/**
 * Whether what this server commits survives power loss (DESIGN §1.1): asked on every new connection, since a fail-over or
 * `ALTER ROLE … SET` may change it under way. Rejects with a sentence that says what to do.
 * No statement here runs long enough to be worth compiling.
 */
export async function checkServer(client: ClientBase, durability: 'synced' | 'relaxed'): Promise<void> {
  const { rows } = await client.query<Settings>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('synchronous_commit') AS commit,
       current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding, set_config('jit', 'off', false)`,
  );
  const settings = rows[0];
  const problem = settings ? problemOf(settings, durability) : 'the server does not tell its settings';
  if (problem !== null) throw new StoreError('UNAVAILABLE', `the mailbox database cannot be used: ${problem}`);
}

function problemOf({ version, commit, fsync, encoding }: Settings, durability: 'synced' | 'relaxed'): string | null {
  if (version < 150_000) return `PostgreSQL 15 or newer is needed, this is ${String(Math.floor(version / 10_000))}`;
  if (encoding !== 'UTF8') return `its encoding is ${encoding}; make it with ENCODING 'UTF8'`;
  if (!DURABLE.has(commit))
    return `synchronous_commit is ${commit}, so acknowledged mail could be lost; set it to on for this database and role`;
  if (fsync !== 'on' && durability === 'synced')
    return "fsync is off, so acknowledged mail could be lost; turn it on, or say durability: 'relaxed'";
  return null;
}
