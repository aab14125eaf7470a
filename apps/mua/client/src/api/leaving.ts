/** Messages on their way out of a folder, by folder: an answer the server gave before it moved them must not bring them back. */
const leaving = new Map<string, Set<number>>();

export function beginLeaving(folder: string, uids: Iterable<number>): void {
  const known = leaving.get(folder) ?? new Set();
  for (const uid of uids) known.add(uid);
  leaving.set(folder, known);
}

/** They are gone, or they stay. */
export function endLeaving(folder: string, uids: Iterable<number>): void {
  for (const uid of uids) leaving.get(folder)?.delete(uid);
}

export function isLeaving(folder: string, uid: number): boolean {
  return leaving.get(folder)?.has(uid) ?? false;
}
