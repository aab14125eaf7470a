import type { AclLine } from '@postroad/imap';
import { splitAddress } from '@postroad/directory';
import type { StoreAccountDeps } from './types.ts';
import type { Place } from './mailboxes.ts';
import { ALL_RIGHTS, coded } from './rights.ts';

/** Identifiers are account ids in the store, so that a rename touches nothing, and addresses for people (RFC 4314 §3). */
export async function readAcl(deps: StoreAccountDeps, place: Place): Promise<AclLine[]> {
  const lines: AclLine[] = [{ identifier: place.ownerAddress, rights: ALL_RIGHTS }];
  for (const { identifier, rights } of await deps.store.acl(place.owner, place.id)) {
    const sign = identifier.startsWith('-') ? '-' : '';
    const who = identifier.slice(sign.length);
    const address = who === 'anyone' ? who : (await deps.directory.account(who))?.address;
    // who is gone has no rights any more
    if (address !== undefined) lines.push({ identifier: sign + address, rights });
  }
  return lines;
}

export async function writeAcl(
  deps: StoreAccountDeps,
  place: Place,
  identifier: string,
  rights: string,
): Promise<void> {
  const sign = identifier.startsWith('-') ? '-' : '';
  const who = await accountIdOf(deps, identifier.slice(sign.length));
  if (who === place.owner) throw coded('CANNOT', 'the owner has all rights, always');
  await deps.store.setAcl(place.owner, place.id, sign + who, rights);
}

async function accountIdOf(deps: StoreAccountDeps, identifier: string): Promise<string> {
  if (identifier.toLowerCase() === 'anyone') return 'anyone';
  const address = splitAddress(identifier.trim());
  const found = address && (await deps.directory.resolve(address));
  if (found?.kind !== 'account' || found.detail !== '')
    throw coded('NOT_FOUND', 'an identifier is the address of an account, or anyone');
  return found.account.id;
}
