/** A LIST pattern: `*` for anything, `%` for anything within one level (RFC 3501 §6.3.8). */
export type ListPattern = (name: string) => boolean;

/** Wildcards in one pattern that still count; matching takes time with each. */
const MAX_WILDCARDS = 20;

/** Matches names; INBOX without regard to case. Linear in pattern × name, whatever the pattern. */
export function listPattern(pattern: string): ListPattern {
  const canonical = pattern.normalize('NFC').replace(/^inbox(?=$|[/*%])/i, 'INBOX');
  let wildcards = 0;
  const tokens = [...canonical.replace(/[*%]*\*[*%]*/g, '*').replace(/%+/g, '%')].filter(
    (c) => (c !== '*' && c !== '%') || ++wildcards <= MAX_WILDCARDS,
  );
  return (name) => matches(tokens, [...name]);
}

/** The set of pattern positions that the name so far can have reached. */
function matches(tokens: readonly string[], name: readonly string[]): boolean {
  let reached = skipWildcards(tokens, new Set([0]));
  for (const c of name) {
    const next = new Set<number>();
    for (const at of reached) {
      const token = tokens[at];
      if (token === '*' || (token === '%' && c !== '/')) next.add(at);
      if (token === c && token !== '*' && token !== '%') next.add(at + 1);
    }
    if (next.size === 0) return false;
    reached = skipWildcards(tokens, next);
  }
  return reached.has(tokens.length);
}

function skipWildcards(tokens: readonly string[], reached: Set<number>): Set<number> {
  for (const at of reached) if (tokens[at] === '*' || tokens[at] === '%') reached.add(at + 1);
  return reached;
}
