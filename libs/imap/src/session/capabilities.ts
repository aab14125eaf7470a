import type { ImapBackend } from '../backend.ts';
import type { ImapLimits } from '../limits.ts';
import type { ChannelBindings } from '../sasl/mechanism.ts';
import { offeredMechanisms } from '../sasl/mechanisms.ts';
import type { State } from './context.ts';

/** What works, in every state; SPEC.md names the RFC of each. */
const EXTENSIONS =
  'LITERAL+ ENABLE ID IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE ESEARCH SPECIAL-USE LIST-EXTENDED LIST-STATUS CONDSTORE';

export interface CapabilityState {
  readonly secure: boolean;
  readonly canStartTls: boolean;
  readonly state: State;
  readonly limits: ImapLimits;
  readonly backend: ImapBackend;
  readonly channelBindings: ChannelBindings | null;
}

/** The capability list for now: no password may be sent before TLS (RFC 3501 §6.2.3, §11.1). */
export function capabilities(session: CapabilityState): string {
  const { secure, canStartTls, state, limits } = session;
  const list = [`IMAP4rev1 ${EXTENSIONS} APPENDLIMIT=${String(limits.append)}`];
  if (state !== 'not-authenticated') return list.join(' ');
  list.push('SASL-IR');
  if (canStartTls) list.push('STARTTLS');
  if (!secure) list.push('LOGINDISABLED');
  else for (const name of offeredMechanisms(session.backend, session.channelBindings)) list.push(`AUTH=${name}`);
  return list.join(' ');
}
