import type { AnnotationValue } from '@postroad/imap';
import type { AnnotationChange, MailStore, SpecialUse } from '@postroad/mailstore';
import type { Place } from './mailboxes.ts';
import { coded, demand } from './rights.ts';

/** Annotations per mailbox and viewer. */
const MAX_ENTRIES = 100;
/** RFC 6154 §4: the special use of a mailbox, as an annotation of its owner. */
const SPECIAL_USE = '/specialuse';

/** Private entries of `viewer` and shared ones, as clients name them. */
export async function annotationsOf(store: MailStore, viewer: string, place: Place | null): Promise<AnnotationValue[]> {
  const stored = await store.annotations(place?.owner ?? viewer, place?.id ?? null, viewer);
  const values = stored.map(({ viewer: whose, entry, value }) => ({
    entry: `${whose === '' ? '/shared' : '/private'}${entry}`,
    value,
  }));
  const use = place?.owner === viewer ? (await store.mailbox(viewer, place.name))?.specialUse : null;
  return use ? [...values, { entry: `/private${SPECIAL_USE}`, value: Buffer.from(use) }] : values;
}

/** RFC 5464 §3.3: shared entries of a mailbox need `w`; those of the server are the administrator's. */
export async function changeAnnotations(
  store: MailStore,
  viewer: string,
  place: Place | null,
  values: readonly AnnotationValue[],
): Promise<void> {
  const changes: AnnotationChange[] = [];
  const uses: (SpecialUse | null)[] = [];
  for (const { entry, value } of values) {
    const shared = entry.startsWith('/shared');
    if (shared && !place) throw coded('NO_PERMISSION', 'shared annotations of the server are set by its administrator');
    if (shared && place) demand(place.rights, 'w');
    const name = entry.slice(shared ? '/shared'.length : '/private'.length);
    if (name === '') throw coded('INVALID', 'an entry has a name');
    if (!shared && name === SPECIAL_USE && place) uses.push(specialUse(value));
    else changes.push({ viewer: shared ? '' : viewer, entry: name, value });
  }
  if (changes.length > 0) await store.annotate(place?.owner ?? viewer, place?.id ?? null, changes, MAX_ENTRIES);
  for (const use of uses) {
    if (place?.owner !== viewer) throw coded('NO_PERMISSION', 'a special use is its owner’s to give');
    await store.setSpecialUse(viewer, place.name, use);
  }
}

function specialUse(value: Uint8Array | null): SpecialUse | null {
  if (value === null || value.length === 0) return null;
  const text = Buffer.from(value).toString('latin1');
  const known: readonly SpecialUse[] = ['\\Drafts', '\\Sent', '\\Trash', '\\Junk', '\\Archive'];
  const use = known.find((one) => one.toLowerCase() === text.toLowerCase());
  if (use === undefined) throw coded('CANNOT', 'no such special use');
  return use;
}
