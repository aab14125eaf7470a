import type { SMTPServer } from 'smtp-server';
import type { NetLogger } from '../logger.ts';

/** What a connection needs of its server (an interface, so that the two files do not import each other). */
export interface Door<Connection> extends SMTPServer {
  readonly log: NetLogger;
  /** The connection is closed. */
  left(connection: Connection): void;
  /** Puts the certificates of now where smtp-server takes them from. */
  refreshSecureContext(): void;
}
