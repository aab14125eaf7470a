import type { Happening } from './ledger.ts';

interface Verdict {
  /** Whether its protocol tells the client to try again by itself, so that no person notices. */
  readonly allowed: boolean;
  readonly name: string;
}

/**
 * Allowed are: a 4yz reply (RFC 5321 §4.2.1), a connection closed after 421 (§3.8) or while no transaction is open, and BYE (RFC 9051 §7.1.5)
 * with the end of the connection after it. Everything else is not, above all a connection that is refused or fails in its TLS handshake.
 */
export function classify(happening: Happening): Verdict {
  switch (happening.kind) {
    case 'smtp-reply': {
      const { code, stage } = happening;
      return { allowed: code >= 400 && code < 500, name: `SMTP ${code} (${stage})` };
    }
    case 'smtp-closed': {
      const { stage, told } = happening;
      return { allowed: told || stage === 'session', name: `SMTP closed ${told ? 'after' : 'without'} 421 (${stage})` };
    }
    case 'imap-reply':
      return { allowed: false, name: `IMAP ${happening.status}` };
    case 'imap-closed': {
      const { stage, told } = happening;
      return { allowed: told, name: `IMAP closed ${told ? 'after' : 'without'} BYE (${stage})` };
    }
  }
}
