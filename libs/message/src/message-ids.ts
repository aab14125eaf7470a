import { stripComments } from './tokens.ts';

/**
 * Ids of a Message-ID, In-Reply-To or References field (RFC 5322 §3.6.4, §4.5.4), without angle brackets and folding.
 * Words between them (obsolete) are skipped; when there are no brackets at all, bare words with `@` count. At most `max`.
 */
export function parseMessageIds(text: string, max = 1000): string[] {
  const ids: string[] = [];
  const clean = stripComments(text);
  for (const match of clean.matchAll(/<([^<>]+)>/g)) {
    const id = match[1]!.replace(/\s+/g, '');
    if (id !== '' && ids.push(id) >= max) break;
  }
  if (ids.length > 0 || clean.includes('<')) return ids;
  return clean
    .split(/[\s,]+/)
    .filter((word) => word.includes('@'))
    .slice(0, max);
}
