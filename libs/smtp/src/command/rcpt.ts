import type { ForwardPath } from '@postroad/mail';
import { accept, refuse, type Parsed } from '../error.ts';
import { formatParameters, parseParameters, type RcptParameters } from '../parameter/registry.ts';
import { formatPath } from '../path/path.ts';
import { reply } from '../reply.ts';
import { readPathArgument } from './path-argument.ts';
import { command } from './spec.ts';

/** RFC 5321 §4.1.1.3. */
export interface Rcpt {
  readonly forwardPath: ForwardPath;
  /** Written beyond ASCII: refuse with 553 5.6.7 unless MAIL said SMTPUTF8 (RFC 6531 §3.5). */
  readonly utf8: boolean;
  readonly parameters: RcptParameters;
}

export const rcpt = command({
  verb: 'RCPT',
  parse: (text, context): Parsed<Rcpt> => {
    const path = readPathArgument('TO', text, context, '5.1.3');
    if (!path.ok) return path;
    const { address, utf8, rest } = path.value;
    if (address === null) return refuse(reply(501, '5.1.3', 'A recipient cannot be empty'));
    const parameters = parseParameters('RCPT', rest, context.offered, context.limits);
    return parameters.ok ? accept({ forwardPath: address, utf8, parameters: parameters.value }) : parameters;
  },
  format: ({ forwardPath, utf8, parameters }) =>
    ` TO:${formatPath(forwardPath, utf8)}${formatParameters('RCPT', parameters)}`,
});
