import { bodyStructureWire, envelopeWire } from '@postroad/imap/wire';
import type { MessageStructure } from '@postroad/message';
import { parseStructure, StructureParser } from '@postroad/message';
import { previewText } from './preview.ts';
import { type MessageSummary, summarize } from './summary.ts';
import type { ReadRange } from './text.ts';

/** Octets at the start of a content that preview and summary are made from: the same however the content came. */
const HEAD = 256 << 10;

/** What is computed about a content once, when it is stored (DESIGN §3.4). */
export interface Description {
  /** JSON of `MessageStructure`. */
  readonly structure: string;
  /** ENVELOPE and BODYSTRUCTURE as IMAP sends them, of `WIRE_VERSION`. */
  readonly envelope: Uint8Array;
  readonly bodyStructure: Uint8Array;
  readonly preview: string;
  readonly summary: MessageSummary;
}

export function describe(bytes: Uint8Array): Description {
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return describeStructure(parseStructure(octets), octets.subarray(0, HEAD));
}

/** The same of a content that comes in chunks. */
export class DescriptionSink {
  readonly #parser = new StructureParser();
  readonly #head: Buffer[] = [];
  #kept = 0;

  push(chunk: Uint8Array): void {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#parser.push(octets);
    if (this.#kept >= HEAD) return;
    // a copy: whoever gave the chunk may use it again
    const piece = Buffer.from(octets.subarray(0, HEAD - this.#kept));
    this.#head.push(piece);
    this.#kept += piece.length;
  }

  end(): Description {
    const structure = this.#parser.end();
    return describeStructure(structure, Buffer.concat(this.#head));
  }
}

/** The same of a structure known already, from the first octets of its content (at most 256 KiB are looked at). */
export function describeStructure(structure: MessageStructure, head: Buffer): Description {
  const read: ReadRange = (start, end) => head.subarray(start, Math.max(start, Math.min(end, HEAD)));
  return {
    structure: JSON.stringify(structure),
    ...wireForms(structure),
    preview: previewText(structure.part, read),
    summary: summarize(structure, read),
  };
}

/** The forms that change with `WIRE_VERSION`. */
export function wireForms(structure: MessageStructure): Pick<Description, 'envelope' | 'bodyStructure'> {
  return { envelope: envelopeWire(structure.envelope), bodyStructure: bodyStructureWire(structure) };
}
