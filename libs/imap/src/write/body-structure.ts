import type { BodyStructure, Params } from '@postroad/message';
import { formatEnvelope } from './envelope.ts';
import { formatNString, formatString, type Piece } from './strings.ts';

/** BODYSTRUCTURE, or BODY when `extended` is false (RFC 3501 §7.4.2). */
export function formatBodyStructure(body: BodyStructure, extended: boolean): Piece[] {
  if (body.kind === 'multipart') return formatMultipart(body, extended);
  const pieces: Piece[] = ['(', upper(body.type), ' ', upper(body.subtype), ' ', ...formatParams(body.params), ' '];
  pieces.push(
    formatNString(body.id),
    ' ',
    formatNString(body.description),
    ' ',
    upper(body.encoding),
    ` ${String(body.size)}`,
  );
  if (body.kind === 'message') {
    pieces.push(
      ' ',
      ...formatEnvelope(body.envelope),
      ' ',
      ...formatBodyStructure(body.body, extended),
      ` ${String(body.lines)}`,
    );
  } else if (body.kind === 'text') pieces.push(` ${String(body.lines)}`);
  if (extended) pieces.push(' ', formatNString(body.md5), ...formatExtension(body));
  pieces.push(')');
  return pieces;
}

function formatMultipart(body: BodyStructure & { readonly kind: 'multipart' }, extended: boolean): Piece[] {
  const pieces: Piece[] = ['('];
  for (const part of body.parts) pieces.push(...formatBodyStructure(part, extended));
  // the grammar wants one part at least; a multipart that has none is shown with an empty text
  if (body.parts.length === 0) pieces.push('("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0)');
  pieces.push(' ', upper(body.subtype));
  if (extended) pieces.push(' ', ...formatParams(body.params), ...formatExtension(body));
  pieces.push(')');
  return pieces;
}

function formatExtension(body: BodyStructure): Piece[] {
  const pieces: Piece[] = [' '];
  if (body.disposition)
    pieces.push('(', upper(body.disposition.type), ' ', ...formatParams(body.disposition.params), ')');
  else pieces.push('NIL');
  pieces.push(' ', ...formatLanguage(body.language), ' ', formatNString(body.location));
  return pieces;
}

function formatLanguage(language: readonly string[] | null): Piece[] {
  if (!language || language.length === 0) return ['NIL'];
  return ['(', ...language.flatMap((tag, i): Piece[] => [i ? ' ' : '', formatString(tag)]), ')'];
}

function formatParams(params: Params): Piece[] {
  const entries = Object.entries(params);
  if (entries.length === 0) return ['NIL'];
  const pieces: Piece[] = ['('];
  entries.forEach(([name, value], i) => pieces.push(i ? ' ' : '', upper(name), ' ', formatString(value)));
  pieces.push(')');
  return pieces;
}

function upper(text: string): Piece {
  return formatString(text.toUpperCase());
}
