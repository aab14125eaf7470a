import { join } from 'node:path';
import { Child, type Stack } from '@postroad/stack';
import { freePorts, MALLOC, REPOSITORY } from '@postroad/testkit';

/** The roles that a message meets, each a process of its own. */
const SCALED = ['msa/smtp', 'mta/mx', 'mta/router', 'mta/relay', 'mda/deliver'] as const;
/** One of each whatever the scale: the finisher works in one process at a time, and reading is not what is measured. */
const SINGLE = ['mta/finisher', 'mda/imap'] as const;
export type RoleName = (typeof SCALED)[number] | (typeof SINGLE)[number];

export interface RoleProcess {
  readonly role: RoleName;
  readonly child: Child;
  /** Port of its door; 0: it has none. */
  readonly door: number;
  readonly health: number;
}

/** Setting of a role's door, without the agent's prefix. */
const DOORS: Partial<Record<RoleName, string>> = {
  'msa/smtp': 'SUBMISSION_PORT',
  'mta/mx': 'MX_PORT',
  'mda/imap': 'IMAPS_PORT',
};

/** Every role `copies` times, ready. `env` goes to all. */
export async function startRoles(
  stack: Stack,
  copies: number,
  env: Readonly<Record<string, string>>,
): Promise<RoleProcess[]> {
  const wanted = [...SINGLE, ...SCALED.flatMap((role) => Array.from({ length: copies }, () => role))];
  const ports = await freePorts(wanted.length * 2);
  const processes = wanted.map((role, i) => roleProcess(stack, role, i, ports.slice(i * 2), env));
  for (const { child } of processes) child.start();
  try {
    await Promise.all(processes.map(({ child }) => child.ready()));
  } catch (error) {
    await stopRoles(processes);
    throw error;
  }
  return processes;
}

export const stopRoles = async (processes: readonly RoleProcess[]): Promise<void> => {
  await Promise.all(processes.map(({ child }) => child.stop()));
};

function roleProcess(
  stack: Stack,
  role: RoleName,
  index: number,
  [door = 0, health = 0]: readonly number[],
  env: Readonly<Record<string, string>>,
): RoleProcess {
  const [agent, part] = role.split('/') as ['msa' | 'mta' | 'mda', string];
  const { home, certificate } = stack;
  const setting = DOORS[role];
  const name = `${role.replace('/', '-')}-${index}`;
  const child = new Child({
    name,
    command: [process.execPath, join(REPOSITORY, 'apps', agent, 'src/main.ts'), '--role', part],
    env: {
      ...MALLOC,
      POSTROAD_INSTANCE: name,
      POSTROAD_PARENT: String(process.pid),
      POSTROAD_HOSTNAME: `mail.${stack.domain}`,
      POSTROAD_NATS_SERVERS: stack.brokers.map((_, i) => `127.0.0.1:${stack.ports.nats(i)[0]}`).join(','),
      POSTROAD_NATS_MONITORS: stack.brokers.map((_, i) => `http://127.0.0.1:${stack.ports.nats(i)[1]}`).join(','),
      POSTROAD_NATS_PASSWORD: home.secrets().nats[agent],
      POSTROAD_TLS_CERT: certificate.cert,
      POSTROAD_TLS_KEY: certificate.key,
      POSTROAD_HEALTH_PORT: String(health),
      POSTROAD_LOG_LEVEL: 'warn',
      // Doors that are not measured take any free port.
      POSTROAD_MSA_SUBMISSIONS_PORT: '0',
      POSTROAD_MDA_IMAP_PORT: '0',
      ...(setting === undefined ? {} : { [`POSTROAD_${agent.toUpperCase()}_${setting}`]: String(door) }),
      ...env,
    },
    log: home.path('logs', `${name}.log`),
    readyUrl: `http://127.0.0.1:${health}/readyz`,
  });
  return { role, child, door: setting === undefined ? 0 : door, health };
}
