type AgentName = 'msa' | 'mta' | 'mda' | 'mua' | 'ops';

/** A Deployment of its own in a cluster. */
export const ROLE_NAMES = [
  'ops',
  'mda/deliver',
  'mda/imap',
  'mta/router',
  'mta/relay',
  'mta/finisher',
  'mta/mx',
  'msa/smtp',
  'mua/web',
] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

interface Role {
  readonly agent: AgentName;
  /** Absent: all roles of the agent. */
  readonly role?: string;
  readonly copies: number;
  /** Doors besides `health`: name → the setting that takes its port. */
  readonly doors: Readonly<Record<string, string>>;
  /** Whether an old and a new one may run at the same time. */
  readonly together: boolean;
}

/** In the order they start: ops makes streams and buckets, doors open last. */
export const ROLES: Readonly<Record<RoleName, Role>> = {
  // One process to a store directory.
  ops: { agent: 'ops', copies: 1, doors: { http: 'HTTP_PORT', otlp: 'OTLP_PORT' }, together: false },
  'mda/deliver': { agent: 'mda', role: 'deliver', copies: 1, doors: {}, together: true },
  'mda/imap': {
    agent: 'mda',
    role: 'imap',
    copies: 2,
    doors: { imap: 'IMAP_PORT', imaps: 'IMAPS_PORT' },
    together: true,
  },
  'mta/router': { agent: 'mta', role: 'router', copies: 1, doors: {}, together: true },
  'mta/relay': { agent: 'mta', role: 'relay', copies: 1, doors: {}, together: true },
  'mta/finisher': { agent: 'mta', role: 'finisher', copies: 1, doors: {}, together: true },
  'mta/mx': { agent: 'mta', role: 'mx', copies: 1, doors: { mx: 'MX_PORT' }, together: true },
  'msa/smtp': {
    agent: 'msa',
    role: 'smtp',
    copies: 1,
    doors: { submission: 'SUBMISSION_PORT', submissions: 'SUBMISSIONS_PORT' },
    together: true,
  },
  'mua/web': { agent: 'mua', role: 'web', copies: 1, doors: { webmail: 'HTTP_PORT' }, together: true },
};
