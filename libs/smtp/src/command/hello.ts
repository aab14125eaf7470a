import { accept, refuse, type Parsed } from '../error.ts';
import { readDomain } from '../path/domain.ts';
import { reply } from '../reply.ts';
import { command } from './spec.ts';

/** What the client calls itself. */
export interface Hello {
  /** As it was written: it goes into Received and logs, and proves nothing. */
  readonly name: string;
  /** Whether it is a domain or an address literal, as RFC 5321 §4.1.1.1 wants it. Many good clients send neither. */
  readonly wellFormed: boolean;
}

/** Printable, no angle brackets, parentheses or quotes that could close a comment in Received; at most 255 octets. */
const NAME = /^[!#-'*-;=?-[\]-~\u00a1-\u200a\u2070-\ud7ff\ue000-\ufefe]{1,255}$/;

const hello = <const Verb extends string>(verb: Verb) =>
  command({
    verb,
    parse: (text): Parsed<Hello> => {
      if (text === '') return refuse(reply(501, null, `${verb} needs the name of the client`));
      if (!NAME.test(text)) return refuse(reply(501, null, 'Malformed client name'));
      return accept({ name: text, wellFormed: readDomain(text) !== null });
    },
    format: ({ name }) => ` ${name}`,
  });

export const ehlo = hello('EHLO');
export const helo = hello('HELO');
