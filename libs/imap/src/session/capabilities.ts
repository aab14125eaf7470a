import type { ImapBackend } from '../backend.ts';
import type { ImapLimits } from '../limits.ts';
import type { ChannelBindings } from '../sasl/mechanism.ts';
import { offeredMechanisms } from '../sasl/mechanisms.ts';
import type { State } from './context.ts';
import type { Extension } from './mode.ts';

/** What decides about the list for now. */
export interface CapabilityState {
  readonly secure: boolean;
  readonly canStartTls: boolean;
  readonly compression: 'none' | 'offered' | 'active';
  readonly state: State;
  readonly limits: ImapLimits;
  readonly literals: 'plus' | 'minus';
  readonly backend: ImapBackend;
  readonly channelBindings: ChannelBindings | null;
}

/** One capability. SPEC.md has a row for each in its section "Capabilities"; a test holds the two together. */
export interface Capability {
  /** As it is announced; with `values` what stands before a `=`. */
  readonly name: string;
  /** What ENABLE turns on by this name (RFC 5161). */
  readonly enables?: readonly Extension[];
  /** Whether it is announced now; absent: always. */
  readonly when?: (session: CapabilityState) => boolean;
  /** What stands behind `name=`, once for each. */
  readonly values?: (session: CapabilityState) => readonly string[];
}

const early = ({ state }: CapabilityState): boolean => state === 'not-authenticated';

/** All there are, in the order in which they are announced. */
export const CAPABILITIES: readonly Capability[] = [
  { name: 'IMAP4rev1' },
  { name: 'IMAP4rev2', enables: ['IMAP4rev2'] },
  { name: 'LITERAL+', when: ({ literals }) => literals === 'plus' },
  { name: 'LITERAL-', when: ({ literals }) => literals === 'minus' },
  { name: 'ENABLE' },
  { name: 'ID' },
  { name: 'IDLE' },
  { name: 'NOTIFY' },
  { name: 'NAMESPACE' },
  { name: 'CHILDREN' },
  { name: 'UNSELECT' },
  { name: 'UIDPLUS' },
  { name: 'MOVE' },
  { name: 'MULTIAPPEND' },
  { name: 'CATENATE' },
  { name: 'REPLACE' },
  { name: 'BINARY' },
  { name: 'ESEARCH' },
  { name: 'SEARCHRES' },
  { name: 'ESORT' },
  { name: 'SORT' },
  { name: 'SORT=DISPLAY' },
  { name: 'THREAD', values: () => ['REFERENCES', 'ORDEREDSUBJECT'] },
  { name: 'PARTIAL' },
  { name: 'WITHIN' },
  { name: 'LIST-EXTENDED' },
  { name: 'LIST-STATUS' },
  { name: 'LIST-MYRIGHTS' },
  { name: 'STATUS=SIZE' },
  { name: 'SPECIAL-USE' },
  { name: 'CREATE-SPECIAL-USE' },
  { name: 'CONDSTORE', enables: ['CONDSTORE'] },
  { name: 'QRESYNC', enables: ['QRESYNC', 'CONDSTORE'] },
  { name: 'UIDONLY', enables: ['UIDONLY'] },
  { name: 'UTF8=ACCEPT', enables: ['UTF8=ACCEPT'] },
  { name: 'OBJECTID' },
  { name: 'SAVEDATE' },
  { name: 'PREVIEW' },
  { name: 'INPROGRESS' },
  { name: 'ACL' },
  { name: 'RIGHTS', values: () => ['kxte'] },
  { name: 'QUOTA' },
  { name: 'QUOTA=RES-STORAGE' },
  { name: 'QUOTA=RES-MESSAGE' },
  { name: 'METADATA' },
  { name: 'UNAUTHENTICATE' },
  { name: 'COMPRESS=DEFLATE', when: ({ compression }) => compression === 'offered' },
  { name: 'APPENDLIMIT', values: ({ limits }) => [String(limits.append)] },
  { name: 'MESSAGELIMIT', values: ({ limits }) => [String(limits.messages)] },
  { name: 'SASL-IR', when: early },
  { name: 'STARTTLS', when: (session) => early(session) && session.canStartTls },
  { name: 'LOGINDISABLED', when: (session) => early(session) && !session.secure },
  {
    name: 'AUTH',
    // no password may be sent before TLS (RFC 9051 §6.2.3, §11.1)
    when: (session) => early(session) && session.secure,
    values: ({ backend, channelBindings }) => offeredMechanisms(backend, channelBindings),
  },
];

/** The capability list for now. */
export function capabilities(session: CapabilityState): string {
  const announced = CAPABILITIES.filter(({ when }) => when?.(session) ?? true);
  return announced
    .flatMap(({ name, values }) => values?.(session).map((value) => `${name}=${value}`) ?? [name])
    .join(' ');
}

/** What ENABLE of a name turns on; undefined when it turns on nothing. */
export function enabledBy(name: string): Capability | undefined {
  const wanted = name.toUpperCase();
  return CAPABILITIES.find((capability) => capability.enables && capability.name.toUpperCase() === wanted);
}
