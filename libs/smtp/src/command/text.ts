import { accept, refuse, type Parsed } from '../error.ts';
import { reply } from '../reply.ts';
import { command } from './spec.ts';

/** A string that the sender of the command chose. */
export interface Text {
  readonly text: string;
}

const spaced = ({ text }: Text): string => (text === '' ? '' : ` ${text}`);

const optional = <const Verb extends string>(verb: Verb) =>
  command({ verb, parse: (text): Parsed<Text> => accept({ text }), format: spaced });

const required = <const Verb extends string>(verb: Verb) =>
  command({
    verb,
    parse: (text): Parsed<Text> =>
      text === '' ? refuse(reply(501, '5.5.4', `${verb} needs an argument`)) : accept({ text }),
    format: spaced,
  });

/** RFC 5321 §4.1.1.9: the argument is ignored. */
export const noop = optional('NOOP');
/** RFC 5321 §4.1.1.8. */
export const help = optional('HELP');
/** RFC 5321 §4.1.1.6. */
export const vrfy = required('VRFY');
/** RFC 5321 §4.1.1.7. */
export const expn = required('EXPN');
