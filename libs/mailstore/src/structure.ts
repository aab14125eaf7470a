import { StructureParser } from '@postroad/message';

/** ENVELOPE, BODYSTRUCTURE and part offsets of a message held in memory, as JSON. */
export function structureJson(bytes: Uint8Array): string {
  const sink = new StructureSink();
  sink.push(bytes);
  return sink.end();
}

/** The same of a message that comes in chunks. */
export class StructureSink {
  readonly #parser = new StructureParser();

  push(chunk: Uint8Array): void {
    this.#parser.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  }

  end(): string {
    return JSON.stringify(this.#parser.end());
  }
}
