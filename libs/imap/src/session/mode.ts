/** What a client can turn on (RFC 5161), as ENABLE names it. */
export type Extension = 'CONDSTORE' | 'QRESYNC' | 'IMAP4rev2' | 'UTF8=ACCEPT' | 'UIDONLY';

/** How a session wants to be told of changes. */
export interface ViewMode {
  /** Whether FETCH tells MODSEQ (RFC 7162 §3.1). */
  readonly condstore: boolean;
  /** Whether VANISHED is told in place of EXPUNGE (RFC 7162 §3.2.10). */
  readonly vanished: boolean;
  /** No sequence numbers (RFC 9586). */
  readonly uidOnly: boolean;
  /** Whether there is `\Recent` (RFC 3501, not RFC 9051). */
  readonly recent: boolean;
}

/** What follows from what the client has turned on. */
export function modeOf(enabled: ReadonlySet<Extension>): ViewMode {
  const uidOnly = enabled.has('UIDONLY');
  return {
    condstore: enabled.has('CONDSTORE') || enabled.has('QRESYNC'),
    vanished: uidOnly || enabled.has('QRESYNC'),
    uidOnly,
    recent: !enabled.has('IMAP4rev2'),
  };
}
