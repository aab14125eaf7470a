import type { StoreQuota } from '../types.ts';
import type { Sql } from './database.ts';

export interface Usage {
  readonly bytes: number;
  readonly messages: number;
}

/** Octets and messages of accounts, by id. For a quota the accounts must be locked: then nobody else with a quota adds to them. */
export async function usageOf(sql: Sql, accounts: readonly number[]): Promise<Map<number, Usage>> {
  const rows = await sql.rows<Usage & { account: number }>(
    `SELECT account, sum(bytes)::bigint AS bytes, sum(messages)::bigint AS messages FROM mailbox WHERE account = ANY($1) GROUP BY account`,
    [[...new Set(accounts)]],
  );
  return new Map(rows.map(({ account, bytes, messages }) => [account, { bytes, messages }]));
}

export function isLimited(quota: StoreQuota | undefined): quota is StoreQuota {
  return quota !== undefined && (quota.bytes !== undefined || quota.messages !== undefined);
}

/** Whether so much more fits. */
export function fits(quota: StoreQuota, used: Usage, more: Usage): boolean {
  return (
    used.bytes + more.bytes <= (quota.bytes ?? Infinity) &&
    used.messages + more.messages <= (quota.messages ?? Infinity)
  );
}
