import type { ImapLimits } from '../limits.ts';
import type { State } from './context.ts';

/** What works, in every state; SPEC.md names the RFC of each. */
const EXTENSIONS =
  'LITERAL+ ENABLE ID IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE ESEARCH SPECIAL-USE LIST-EXTENDED LIST-STATUS CONDSTORE';

export interface CapabilityState {
  readonly secure: boolean;
  readonly canStartTls: boolean;
  readonly state: State;
  readonly limits: ImapLimits;
}

/** The capability list for now: no password may be sent before TLS (RFC 3501 §6.2.3, §11.1). */
export function capabilities({ secure, canStartTls, state, limits }: CapabilityState): string {
  const list = [`IMAP4rev1 ${EXTENSIONS} APPENDLIMIT=${String(limits.append)}`];
  if (state !== 'not-authenticated') return list.join(' ');
  list.push('SASL-IR');
  if (canStartTls) list.push('STARTTLS');
  list.push(secure ? 'AUTH=PLAIN' : 'LOGINDISABLED');
  return list.join(' ');
}
