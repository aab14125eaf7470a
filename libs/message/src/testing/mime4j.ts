import { scanFields } from '../header-field.ts';
import type { Part } from '../types.ts';

/** An element of a mime4j `.xml`: what it calls an entity, with its fields, children and body. */
interface ExpectedEntity {
  fields: string[];
  /** `body` with its text, or the children of a `multipart`, or the one `message`. */
  body: string | null;
  parts: ExpectedEntity[] | null;
  message: ExpectedEntity | null;
}

function unescape(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos|#\d+);/g, (_, name: string) =>
    name[0] === '#'
      ? String.fromCharCode(Number(name.slice(1)))
      : { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }[name]!,
  );
}

/** Reads the XML of mime4j's expected results: elements and text only, no attributes. */
export function readExpected(xml: string): ExpectedEntity {
  const make = (): ExpectedEntity => ({ fields: [], body: null, parts: null, message: null });
  const root = make();
  const stack: ExpectedEntity[] = [];
  let text = '';
  for (const match of xml.matchAll(/<(\/?)([a-z-]+)>\r?\n?|([^<]+)/g)) {
    const [, closing, tag, characters] = match;
    if (characters !== undefined) {
      text += unescape(characters);
      continue;
    }
    const top = stack.at(-1);
    if (closing) {
      if (tag === 'field') top!.fields.push(text);
      else if (tag === 'body') top!.body = text;
      else if (tag === 'message' || tag === 'body-part') stack.pop();
    } else if (tag === 'message' || tag === 'body-part') {
      const entity = stack.length === 0 ? root : make();
      if (top && tag === 'message') top.message = entity;
      else if (top) top.parts!.push(entity);
      stack.push(entity);
    } else if (tag === 'multipart') top!.parts = [];
    text = '';
  }
  return root;
}

/** Line ends and blanks at both ends apart, the XML keeps the octets of a body as ISO-8859-1. */
const normal = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Where our structure and the expected one differ; empty when they agree. */
export function compareEntity(bytes: Buffer, part: Part, expected: ExpectedEntity, at = '0'): string[] {
  const { fields } = scanFields(bytes.subarray(part.headerStart, part.bodyStart), 1000);
  const ours = fields.map((field) => normal(field.bytes.toString('latin1')));
  const theirs = expected.fields.map(normal);
  const out: string[] = [];
  if (JSON.stringify(ours) !== JSON.stringify(theirs))
    out.push(`${at}: fields ${ours.join('|')}, expected ${theirs.join('|')}`);
  const kind = part.parts ? 'multipart' : part.message ? 'message' : 'body';
  const wanted = expected.parts ? 'multipart' : expected.message ? 'message' : 'body';
  if (kind !== wanted) return [...out, `${at}: ${kind}, expected ${wanted}`];
  if (part.message) return [...out, ...compareEntity(bytes, part.message.part, expected.message!, `${at}.m`)];
  if (part.parts) {
    if (part.parts.length !== expected.parts!.length)
      return [...out, `${at}: ${part.parts.length} parts, expected ${expected.parts!.length}`];
    return [
      ...out,
      ...part.parts.flatMap((child, i) => compareEntity(bytes, child, expected.parts![i]!, `${at}.${i + 1}`)),
    ];
  }
  const body = normal(bytes.toString('latin1', part.bodyStart, part.bodyEnd));
  if (body !== normal(expected.body ?? ''))
    out.push(`${at}: body of ${body.length}, expected ${normal(expected.body ?? '').length} characters`);
  return out;
}
