import type { ImapBackend } from '../backend.ts';
import type { ImapLimits } from '../limits.ts';
import type { ChannelBindings } from '../sasl/mechanism.ts';
import type { OutputSink } from '../write/output.ts';
import type { InputSource } from './input.ts';
import type { SessionObserver } from './observer.ts';

/** The connection of a session. */
export interface Transport extends OutputSink, InputSource {
  /** Present when STARTTLS can be offered: resolves once the connection is encrypted. */
  readonly startTls?: () => Promise<void>;
  /**
   * Present when COMPRESS can be offered: from this call on, octets are compressed both ways (RFC 1951, no header), and each write
   * is flushed. It takes effect at once: what is in the socket already, unread, is compressed.
   */
  compress?(): void;
  /** Keying material of the TLS connection, once there is one. */
  readonly channelBindings?: ChannelBindings;
}

export interface SessionOptions {
  readonly backend: ImapBackend;
  readonly transport: Transport;
  /** Whether the connection is encrypted from the start. */
  readonly secure: boolean;
  /** LITERAL+ (the default) or LITERAL- (RFC 7888): whether literals above 4096 octets have to be asked for. */
  readonly literals?: 'plus' | 'minus';
  readonly limits?: Partial<ImapLimits>;
  /** Logins and refused logins; no secrets. */
  readonly onEvent?: (event: 'login' | 'login-failed', username: string) => void;
  /** What is no fault of the client. */
  readonly onError?: (error: unknown, command: string) => void;
  readonly observer?: SessionObserver;
}
