import { isMessage } from './structure-parser.ts';
import type { BodyStructure, MessageStructure, Part } from './types.ts';

/** What a multipart without any part shows: clients expect at least one (RFC 9051 §9, body-type-mpart). */
function emptyPart(offset: number): Part {
  return {
    headerStart: offset,
    bodyStart: offset,
    bodyEnd: offset,
    lines: 0,
    type: 'text',
    subtype: 'plain',
    params: {},
    encoding: '7bit',
    id: null,
    description: null,
    md5: null,
    disposition: null,
    language: null,
    location: null,
  };
}

/** BODYSTRUCTURE of one entity (RFC 9051 §7.5.2). */
function bodyOf(part: Part): BodyStructure {
  const { type, subtype, params, disposition, language, location } = part;
  const fields = { type, subtype, params, disposition, language, location };
  if (part.parts) {
    const children = part.parts.length > 0 ? part.parts : [emptyPart(part.bodyEnd)];
    return { kind: 'multipart', ...fields, parts: children.map(bodyOf) };
  }
  const { id, description, encoding, md5, lines } = part;
  const single = { ...fields, id, description, encoding, md5, size: part.bodyEnd - part.bodyStart };
  if (part.message)
    return { kind: 'message', ...single, envelope: part.message.envelope, body: bodyOf(part.message.part), lines };
  if (type === 'text') return { kind: 'text', ...single, lines };
  // A message that is itself encoded (RFC 2046 §5.2.1 forbids it), or too deep, has no envelope to show.
  if (isMessage(part)) return { kind: 'basic', ...single, type: 'application', subtype: 'octet-stream' };
  return { kind: 'basic', ...single };
}

/** BODYSTRUCTURE of a message; BODY is the same without extension data. */
export function buildBodyStructure(structure: MessageStructure): BodyStructure {
  return bodyOf(structure.part);
}
