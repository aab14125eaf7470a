/** A mail system under measurement. Addresses are on loopback. */
export interface System {
  readonly name: string;
  readonly mx: number;
  /** Submission with STARTTLS and AUTH PLAIN. */
  readonly submission: number;
  /** IMAP in the clear or with TLS from the start. */
  readonly imap: { readonly port: number; readonly tls: boolean };
  readonly domain: string;
  /** Mailboxes u0 … with this password. */
  readonly users: readonly string[];
  readonly password: string;
  /** Root processes whose CPU and memory (with those of their children) count. */
  pids(): number[];
  /** Nothing is on its way any more (queues empty). */
  settled(): Promise<boolean>;
  stop(): Promise<void>;
}
