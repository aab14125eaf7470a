import type { Part } from './types.ts';

/** What a multipart without any part shows: clients expect at least one (RFC 9051 §9, body-type-mpart). */
export function emptyPart(offset: number): Part {
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
