import type { Verb } from '@postroad/smtp';
import type { Stage } from '../door-meter.ts';

/** The stage of a session at which a verb is refused, for the metrics. */
export const STAGES: Readonly<Record<Verb, Stage>> = {
  EHLO: 'helo',
  HELO: 'helo',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  RSET: 'command',
  NOOP: 'command',
  QUIT: 'command',
  VRFY: 'command',
  EXPN: 'command',
  HELP: 'command',
  STARTTLS: 'tls',
  AUTH: 'auth',
};

/** The same for a line that is no command as it should be: by its first word. */
export function stageOf(line: Buffer): Stage {
  const word = /^[a-z]{1,8}/i.exec(line.toString('latin1', 0, 9))?.[0].toUpperCase() ?? '';
  return word === 'LHLO' ? 'helo' : Object.hasOwn(STAGES, word) ? STAGES[word as Verb] : 'command';
}
