import type { ReversePath } from '@postroad/mail';
import { accept, refuse, type Parsed } from '../error.ts';
import { formatParameters, parseParameters, type MailParameters } from '../parameter/registry.ts';
import { formatPath, needsSmtpUtf8 } from '../path/path.ts';
import { reply } from '../reply.ts';
import { readPathArgument } from './path-argument.ts';
import { command } from './spec.ts';

/** RFC 5321 §4.1.1.2. */
export interface Mail {
  readonly reversePath: ReversePath;
  readonly parameters: MailParameters;
}

export const mail = command({
  verb: 'MAIL',
  parse: (text, context): Parsed<Mail> => {
    const path = readPathArgument('FROM', text, context, '5.1.7');
    if (!path.ok) return path;
    const parameters = parseParameters('MAIL', path.value.rest, context.offered, context.limits);
    if (!parameters.ok) return parameters;
    // RFC 6531 §3.4 and §3.5: such an address needs the parameter.
    if (path.value.utf8 && parameters.value.smtputf8 !== true)
      return refuse(reply(553, '5.6.7', 'An address beyond ASCII needs the SMTPUTF8 parameter'));
    return accept({ reversePath: path.value.address, parameters: parameters.value });
  },
  format: ({ reversePath, parameters }) => {
    const utf8 = parameters.smtputf8 === true && reversePath !== null && needsSmtpUtf8(reversePath);
    return ` FROM:${formatPath(reversePath, utf8)}${formatParameters('MAIL', parameters)}`;
  },
});
