import type { MessageStructureObject } from 'imapflow';
import type { Attachment } from '../api-types.ts';
import { fileName, mediaType } from '../session/uploads.ts';

const MAX_PARTS = 500;

/** A message's parts by what a reader does with them. Part numbers as in RFC 3501 §6.4.5. */
export interface Parts {
  readonly text: string | null;
  readonly html: string | null;
  readonly files: readonly Attachment[];
}

interface Found {
  text: string | null;
  html: string | null;
  readonly files: Attachment[];
}

/** Chooses from BODYSTRUCTURE the texts to show; everything else is a file. */
export function partsOf(root: MessageStructureObject): Parts {
  const found: Found = { text: null, html: null, files: [] };
  // A list instead of recursion: how deep a message is nested is up to whoever sent it.
  const queue: { node: MessageStructureObject; related: boolean }[] = [{ node: root, related: false }];
  for (let seen = 0; queue.length > 0 && seen < MAX_PARTS; seen += 1) {
    const { node, related } = queue.shift() as { node: MessageStructureObject; related: boolean };
    const type = node.type.toLowerCase();
    if (node.childNodes !== undefined && type.startsWith('multipart/'))
      queue.unshift(
        ...node.childNodes.map((child) => ({ node: child, related: related || type === 'multipart/related' })),
      );
    else sort(found, node, type, related);
  }
  return found;
}

function sort(found: Found, node: MessageStructureObject, type: string, related: boolean): void {
  const part = node.part ?? '1';
  const attached = node.disposition?.toLowerCase() === 'attachment' || nameOf(node) !== '';
  if (!attached && type === 'text/plain' && found.text === null) found.text = part;
  else if (!attached && type === 'text/html' && found.html === null) found.html = part;
  else {
    const cid = node.id?.replaceAll(/^<|>$/g, '') ?? null;
    found.files.push({
      part,
      name: fileName(nameOf(node) || defaultName(type)),
      type: mediaType(type),
      size: node.encoding?.toLowerCase() === 'base64' ? Math.floor(((node.size ?? 0) / 78) * 57) : (node.size ?? 0),
      cid,
      inline: cid !== null && related && type.startsWith('image/'),
    });
  }
}

const nameOf = ({ dispositionParameters, parameters }: MessageStructureObject) =>
  dispositionParameters?.['filename'] ?? parameters?.['name'] ?? '';

function defaultName(type: string): string {
  if (type === 'message/rfc822') return 'message.eml';
  if (type === 'text/plain') return 'text.txt';
  if (type === 'text/html') return 'text.html';
  if (type === 'message/delivery-status') return 'delivery-status.txt';
  return 'attachment';
}
