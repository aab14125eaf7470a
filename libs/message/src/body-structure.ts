import { emptyPart } from './empty-part.ts';
import { isMessage } from './structure-parser.ts';
import type { BodyStructure, MessageStructure, Part } from './types.ts';

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
  // RFC 2045 §5.2, 2046 §4.1.2: what says nothing else is US-ASCII, and clients need not know that default
  const charset = params['charset'] === undefined ? { params: { ...params, charset: 'us-ascii' } } : {};
  if (type === 'text') return { kind: 'text', ...single, ...charset, lines };
  // A message that is itself encoded (RFC 2046 §5.2.1 forbids it), or too deep, has no envelope to show.
  if (isMessage(part)) return { kind: 'basic', ...single, type: 'application', subtype: 'octet-stream' };
  return { kind: 'basic', ...single };
}

/** BODYSTRUCTURE of a message; BODY is the same without extension data. */
export function buildBodyStructure(structure: MessageStructure): BodyStructure {
  return bodyOf(structure.part);
}
