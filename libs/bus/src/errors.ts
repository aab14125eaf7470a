/** The broker could not be reached, or did not confirm in time. Nothing is known about the publish: try the same id again. */
export class BusUnavailable extends Error {
  readonly code = 'BUS_UNAVAILABLE';
}
/** The stream has reached a limit (`discard: new`). */
export class StreamFull extends Error {
  readonly code = 'STREAM_FULL';
}
/** Compare-and-set lost: somebody else wrote the subject. `current` is what the leader holds now (null: nothing). */
export class Conflict extends Error {
  readonly code = 'CONFLICT';
  readonly current: { readonly seq: number; readonly msgId: string } | null;
  constructor(subject: string, current: { seq: number; msgId: string } | null) {
    super(`another record stands on ${subject}`);
    this.current = current;
  }
}
/** The servers do not fsync before they acknowledge, and nobody said that this is wanted (DESIGN §1.1). */
export class NotDurable extends Error {
  readonly code = 'NOT_DURABLE';
}
/** A record whose `v` this version does not know: hold it, never drop or ack it (DESIGN §4). */
export class UnknownVersion extends Error {
  readonly code = 'UNKNOWN_VERSION';
}
/** A stream could not be read on without a gap: begin anew behind what was seen. */
export class ReadInterrupted extends Error {
  readonly code = 'READ_INTERRUPTED';
}
