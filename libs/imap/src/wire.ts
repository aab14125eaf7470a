import type { Envelope, MessageStructure } from '@postroad/message';
import { buildBodyStructure } from '@postroad/message';
import { formatBodyStructure } from './write/body-structure.ts';
import { formatEnvelope } from './write/envelope.ts';
import { joinPieces } from './write/strings.ts';

/** Counts up when the form of what is written here changes: stores write theirs again then. */
export const WIRE_VERSION = 1;

/** ENVELOPE (RFC 9051 §7.5.2) as it is sent. */
export function envelopeWire(envelope: Envelope): Buffer {
  return joinPieces(formatEnvelope(envelope));
}

/** BODYSTRUCTURE with extension data as it is sent. */
export function bodyStructureWire(structure: MessageStructure): Buffer {
  return joinPieces(formatBodyStructure(buildBodyStructure(structure), true));
}
