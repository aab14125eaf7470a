import type { ImapValue } from '@postroad/testkit';

/** A value as text in which only what matters differs: quoted or literal is the same. */
export function canonical(value: ImapValue | undefined): string {
  if (value === undefined) return '(absent)';
  if (value === null) return 'NIL';
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('latin1'));
  if (typeof value === 'string') return value.toUpperCase();
  return `(${value.map(canonical).join(' ')})`;
}

/** BODYSTRUCTURE and BODY: types, encodings and the names of parameters are case-insensitive (RFC 2045 §5.1, §6.1). */
export function canonicalStructure(value: ImapValue | undefined): string {
  return canonical(value === undefined ? undefined : foldStructure(value));
}

function foldStructure(value: ImapValue): ImapValue {
  if (!Array.isArray(value)) return value;
  if (Array.isArray(value[0])) {
    const count = value.findIndex((item) => !Array.isArray(item));
    const children = count < 0 ? value.length : count;
    return value.map((item, i) =>
      i < children ? foldStructure(item) : i === children ? lower(item) : foldExtension(item),
    );
  }
  const isMessage = typeof value[0] !== 'string' && lowerText(value[0]) === 'message' && Array.isArray(value[8]);
  return value.map((item, i) => {
    if (i === 0 || i === 1 || i === 5) return lower(item);
    if (i === 2) return foldParams(item);
    if (isMessage && i === 8) return foldStructure(item);
    if (isMessage && i === 7) return item;
    return foldExtension(item);
  });
}

/** Parameters and dispositions: `("name" "value" …)`, `("inline" (…))`. */
function foldExtension(value: ImapValue): ImapValue {
  if (!Array.isArray(value)) return value;
  if (value.length === 2 && (Array.isArray(value[1]) || value[1] === null))
    return [lower(value[0] ?? null), foldParams(value[1] ?? null)];
  return foldParams(value);
}

function foldParams(value: ImapValue): ImapValue {
  return Array.isArray(value) ? value.map((item, i) => (i % 2 === 0 ? lower(item) : item)) : value;
}

function lower(value: ImapValue): ImapValue {
  return Buffer.isBuffer(value) ? Buffer.from(lowerText(value), 'latin1') : value;
}

function lowerText(value: ImapValue | undefined): string {
  return Buffer.isBuffer(value) ? value.toString('latin1').toLowerCase() : '';
}
