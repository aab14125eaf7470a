import { accept, refuse, type Parsed } from '../error.ts';
import { reply } from '../reply.ts';
import { command } from './spec.ts';

type Nothing = Record<never, never>;

/** A verb that takes no argument (RFC 5321 §4.1.1: “SHOULD be rejected” with 501 when it has one). */
const bare = <const Verb extends string>(verb: Verb) =>
  command({
    verb,
    parse: (text): Parsed<Nothing> =>
      text === '' ? accept({}) : refuse(reply(501, '5.5.4', `${verb} takes no argument`)),
    format: () => '',
  });

export const data = bare('DATA');
export const rset = bare('RSET');
export const quit = bare('QUIT');
/** RFC 3207 §4. */
export const starttls = bare('STARTTLS');
