/** Mailboxes of others are shown as `user/<address>/<name>` (RFC 2342 §5: the Other Users' namespace). */
export const OTHERS = 'user/';

export function sharedName(ownerAddress: string, name: string): string {
  return `${OTHERS}${ownerAddress}/${name}`;
}

/** Owner and name of a shared mailbox; null for an own one. The name is empty for the level of the owner. */
export function splitShared(name: string): { readonly owner: string; readonly name: string } | null {
  if (!name.startsWith(OTHERS)) return null;
  const rest = name.slice(OTHERS.length);
  const slash = rest.indexOf('/');
  return slash < 0 ? { owner: rest, name: '' } : { owner: rest.slice(0, slash), name: rest.slice(slash + 1) };
}
