import type { MessageStructure } from '@postroad/message';
import { buildBodyStructure, sectionRange, selectFields } from '@postroad/message';
import type { MessageData } from '../backend.ts';
import { SessionEnd } from '../errors.ts';
import { formatDateTime } from '../parse/date-time.ts';
import type { FetchItem, SectionItem, SimpleKind } from '../parse/fetch-items.ts';
import type { Context } from '../session/context.ts';
import { formatBodyStructure } from '../write/body-structure.ts';
import { formatEnvelope } from '../write/envelope.ts';
import type { Output } from '../write/output.ts';
import type { Piece } from '../write/strings.ts';

/** `* n FETCH (…)`; octets of sections are passed on as they come, as fast as the client takes them. */
export async function writeMessage(
  context: Context,
  number: number,
  message: MessageData,
  items: readonly FetchItem[],
): Promise<void> {
  const { output } = context;
  let structure: MessageStructure | undefined;
  const parsed = (): MessageStructure => (structure ??= message.structure());
  output.add(`* ${String(number)} FETCH (`);
  let first = true;
  for (const item of items) {
    if (!first) output.add(' ');
    first = false;
    if (item.kind === 'section') await writeSection(output, message, item, item.path === '' ? null : parsed());
    else output.add(...formatItem(item.kind, message, parsed));
  }
  output.add(')\r\n');
  await output.room();
}

function formatItem(kind: SimpleKind, message: MessageData, structure: () => MessageStructure): Piece[] {
  switch (kind) {
    case 'flags':
      return [`FLAGS (${message.flags.join(' ')})`];
    case 'uid':
      return [`UID ${String(message.uid)}`];
    case 'internaldate':
      return [`INTERNALDATE "${formatDateTime(message.internalDate)}"`];
    case 'size':
      return [`RFC822.SIZE ${String(message.size)}`];
    case 'modseq':
      return [`MODSEQ (${String(message.modseq)})`];
    case 'envelope':
      return ['ENVELOPE ', ...formatEnvelope(structure().envelope)];
    case 'body':
      return ['BODY ', ...formatBodyStructure(buildBodyStructure(structure()), false)];
    case 'bodystructure':
      return ['BODYSTRUCTURE ', ...formatBodyStructure(buildBodyStructure(structure()), true)];
  }
}

async function writeSection(
  output: Output,
  message: MessageData,
  item: SectionItem,
  structure: MessageStructure | null,
): Promise<void> {
  const range = rangeOf(message, item.path, structure);
  if (!range) {
    output.add(`${item.label} NIL`);
    return;
  }
  if (item.fields) {
    const header = await readAll(message, range);
    const kept = selectFields(header, item.fields, item.not);
    const { start, end } = cut({ start: 0, end: kept.length }, item.partial);
    output.add(`${item.label} {${String(end - start)}}\r\n`, kept.subarray(start, end));
    return;
  }
  const { start, end } = cut(range, item.partial);
  output.add(`${item.label} {${String(end - start)}}\r\n`);
  await copyRange(output, message, start, end);
}

/** The length is promised: if the octets do not come, the connection cannot go on. */
async function copyRange(output: Output, message: MessageData, start: number, end: number): Promise<void> {
  let left = end - start;
  try {
    if (left > 0) {
      for await (const chunk of message.read(start, end)) {
        left -= chunk.length;
        output.add(chunk);
        await output.room();
      }
    }
  } catch (error) {
    if (error instanceof SessionEnd) throw error;
    if ((error as { code?: unknown }).code === 'NOT_FOUND') throw new SessionEnd('a message went while it was read');
    throw new SessionEnd('[UNAVAILABLE] a message could not be read');
  }
  if (left !== 0) throw new SessionEnd('[UNAVAILABLE] a message could not be read in whole');
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Octets of a section in what is served: the prefix belongs to the header section of the message. */
function rangeOf(message: MessageData, path: string, structure: MessageStructure | null): Range | null {
  if (path === '') return { start: 0, end: message.size };
  const range = structure && sectionRange(structure, path);
  if (!range) return null;
  const { prefixSize } = message;
  return { start: path === 'HEADER' ? 0 : range.start + prefixSize, end: range.end + prefixSize };
}

function cut({ start, end }: Range, partial: SectionItem['partial']): Range {
  if (!partial) return { start, end };
  const from = Math.min(start + partial.start, end);
  return { start: from, end: Math.min(from + partial.count, end) };
}

async function readAll(message: MessageData, { start, end }: Range): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message.read(start, end)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
