/** Who is told what sessions do, for metrics. Called once a command, never once a message; must not throw. */
export interface SessionObserver {
  /**
   * A command was answered. `name`: as `UID FETCH`; null when there is no such command or it could not be read. `ms`: since it was
   * read; for IDLE as long as the client liked.
   */
  command(
    name: string | null,
    completion: { readonly status: 'OK' | 'NO' | 'BAD'; readonly code?: string },
    ms: number,
  ): void;
  /** An attempt to sign in ended. `mechanism`: `LOGIN`, or a SASL mechanism that is offered; `error`: nobody could say. */
  auth(mechanism: string, outcome: 'ok' | 'refused' | 'error'): void;
  /** IDLE begins or ends. */
  idle(on: boolean): void;
}
