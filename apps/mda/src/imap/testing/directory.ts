import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import type { Account, Quota, ScramKeys } from '@postroad/directory';
import type { ImapDependencies } from '../types.ts';

export const USER = 'alice@postroad.test';
export const PASSWORD = 'correct horse "battery" \\staple';
const PEOPLE = ['alice', 'bob', 'carol'] as const;

function scramKeys(password: string): ScramKeys {
  const salt = Buffer.from('a salt of 16 oct');
  const iterations = 4096;
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const serverKey = createHmac('sha256', salted).update('Server Key').digest();
  return { salt, iterations, storedKey: createHash('sha256').update(clientKey).digest(), serverKey };
}

/** A directory of three accounts, alice, bob and carol, with one password; `quotas` by name may be changed meanwhile. */
export function testDirectory(quotas: Record<string, Quota> = {}): ImapDependencies['directory'] {
  const account = (name: string): Account => ({
    id: `account-${name}`,
    tenant: 't',
    address: `${name}@postroad.test`,
    quota: quotas[name] ?? {},
    state: 'active',
    createdAt: '2026-01-01T00:00:00Z',
  });
  const named = (username: string): Account | null => {
    const name = PEOPLE.find((one) => `${one}@postroad.test` === username.toLowerCase());
    return name === undefined ? null : account(name);
  };
  const [right, wrong] = [scramKeys(PASSWORD), scramKeys('nobody has this one')];
  return {
    authenticate: (username, password) => Promise.resolve(password === PASSWORD ? named(username) : null),
    accountNamed: (username) => Promise.resolve(named(username)),
    account: (id) => Promise.resolve(named(`${id.replace('account-', '')}@postroad.test`)),
    onRevoked: () => () => undefined,
    scramKeys: (username) => Promise.resolve(named(username) ? right : wrong),
    resolve: (address) => {
      const found = named(`${address.localPart}@${address.domain}`);
      return Promise.resolve(found ? { kind: 'account', account: found, detail: '' } : { kind: 'foreign' });
    },
  };
}
