import type { HeaderField } from './header-field.ts';
import { parameterised } from './parameters.ts';
import { stripComments } from './tokens.ts';
import type { Disposition, Params } from './types.ts';

/** What the Content-* fields of one entity say (RFC 2045, 2183, 3066, 2557, 1864). */
interface MimeFields {
  type: string;
  subtype: string;
  params: Params;
  encoding: string;
  id: string | null;
  description: string | null;
  md5: string | null;
  disposition: Disposition | null;
  language: readonly string[] | null;
  location: string | null;
}

/** No parameters, one shape for all of them. */
const NONE: Params = Object.freeze({});

/** An entity that says nothing about itself (RFC 2045 §5.2, RFC 2046 §5.1.5). */
export function defaultFields(inDigest: boolean): MimeFields {
  return {
    type: inDigest ? 'message' : 'text',
    subtype: inDigest ? 'rfc822' : 'plain',
    params: NONE,
    encoding: '7bit',
    id: null,
    description: null,
    md5: null,
    disposition: null,
    language: null,
    location: null,
  };
}

const MEDIA_TYPE = /^\s*([^\s;()<>@,:\\"[\]?=/]{1,127})\s*\/\s*([^\s;()<>@,:\\"[\]?=/]{1,127})/;
const TOKEN = /^\s*([^\s;()<>@,:\\"[\]?=/]{1,127})/;

function contentType(fields: MimeFields, text: string): void {
  const match = MEDIA_TYPE.exec(text.startsWith('(') ? stripComments(text) : text);
  if (!match) {
    // RFC 2045 §5.2: a syntactically invalid one is text/plain, us-ascii.
    fields.type = 'text';
    fields.subtype = 'plain';
    return;
  }
  fields.type = match[1]!.toLowerCase();
  fields.subtype = match[2]!.toLowerCase();
  fields.params = parameterised(text.startsWith('(') ? stripComments(text) : text, match[0].length);
}

/** A `;` with nothing before it is common (`Content-Disposition: ; filename=x`): taken as attachment (RFC 2183 §2.8). */
function disposition(text: string): Disposition | null {
  const match = TOKEN.exec(text);
  const params = parameterised(text, match ? match[0].length : 0);
  if (!match && Object.keys(params).length === 0) return null;
  return { type: match ? match[1]!.toLowerCase() : 'attachment', params };
}

/** Reads the Content-* fields; of a field that comes twice the first counts. */
export function mimeFields(header: readonly HeaderField[], inDigest: boolean): MimeFields {
  const fields = defaultFields(inDigest);
  const seen = new Set<string>();
  for (const field of header) {
    if (!field.key.startsWith('content-') || seen.has(field.key)) continue;
    seen.add(field.key);
    const text = field.text;
    switch (field.key) {
      case 'content-type':
        contentType(fields, text);
        break;
      case 'content-transfer-encoding':
        fields.encoding = TOKEN.exec(stripComments(text))?.[1]!.toLowerCase() ?? '7bit';
        break;
      case 'content-id':
        fields.id = text || null;
        break;
      case 'content-description':
        fields.description = text;
        break;
      case 'content-md5':
        fields.md5 = text || null;
        break;
      case 'content-disposition':
        fields.disposition = disposition(text);
        break;
      case 'content-language':
        fields.language = languages(text);
        break;
      case 'content-location':
        fields.location = text.replace(/\s+/g, '') || null;
        break;
    }
  }
  return fields;
}

function languages(text: string): string[] | null {
  const tags = stripComments(text)
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return tags.length > 0 ? tags.slice(0, 100) : null;
}
