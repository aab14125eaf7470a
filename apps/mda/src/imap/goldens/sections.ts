import type { ImapValue } from '@postroad/testkit';

/** Section numbers of a BODYSTRUCTURE, in order, with whether the part is a message (RFC 9051 §6.4.5.1). */
export function sectionsOf(structure: ImapValue): { readonly section: string; readonly isMessage: boolean }[] {
  const found: { section: string; isMessage: boolean }[] = [];
  walk(structure, '', found);
  return found;
}

function walk(part: ImapValue, path: string, found: { section: string; isMessage: boolean }[]): void {
  if (!Array.isArray(part)) return;
  if (Array.isArray(part[0])) {
    const children = part.filter((child, i) => Array.isArray(child) && part.slice(0, i).every(Array.isArray));
    children.forEach((child, i) => {
      number(child, `${path}${path === '' ? '' : '.'}${String(i + 1)}`, found);
    });
  } else number(part, path === '' ? '1' : path, found);
}

function number(part: ImapValue, section: string, found: { section: string; isMessage: boolean }[]): void {
  const isMessage = isMessagePart(part);
  found.push({ section, isMessage });
  if (!Array.isArray(part)) return;
  if (Array.isArray(part[0])) walk(part, section, found);
  else if (isMessage) inner(part[8] ?? null, section, found);
}

/** The body of an embedded message is numbered below it: 1.1 when it is one part, 1.1, 1.2 … of a multipart. */
function inner(body: ImapValue, section: string, found: { section: string; isMessage: boolean }[]): void {
  if (!Array.isArray(body)) return;
  if (Array.isArray(body[0])) walk(body, section, found);
  else number(body, `${section}.1`, found);
}

function isMessagePart(part: ImapValue): boolean {
  if (!Array.isArray(part)) return false;
  return text(part[0]) === 'message' && ['rfc822', 'global'].includes(text(part[1]));
}

function text(value: ImapValue | undefined): string {
  return Buffer.isBuffer(value) ? value.toString('latin1').toLowerCase() : '';
}
