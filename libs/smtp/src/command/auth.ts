import { accept, refuse, type Parsed } from '../error.ts';
import { reply } from '../reply.ts';
import { command } from './spec.ts';

/** RFC 4954 §4. */
export interface Auth {
  /** Upper case. */
  readonly mechanism: string;
  /** Decoded; empty for `=`; absent when the client waits for a challenge. A secret: not for logs. */
  readonly initialResponse?: Buffer;
}

/** `sasl-mech` (RFC 4422 §3.1). */
const MECHANISM = /^[A-Za-z0-9_-]{1,20}$/;

export const auth = command({
  verb: 'AUTH',
  parse: (text): Parsed<Auth> => {
    const space = text.indexOf(' ');
    const mechanism = space < 0 ? text : text.slice(0, space);
    if (!MECHANISM.test(mechanism)) return refuse(reply(501, '5.5.4', 'Syntax: AUTH mechanism [initial-response]'));
    const upper = mechanism.toUpperCase();
    if (space < 0) return accept({ mechanism: upper });
    const encoded = text.slice(space + 1);
    const initialResponse = encoded === '=' ? Buffer.alloc(0) : decodeBase64(encoded);
    return initialResponse === null
      ? refuse(reply(501, '5.5.2', 'Cannot decode base64'))
      : accept({ mechanism: upper, initialResponse });
  },
  format: ({ mechanism, initialResponse }) => {
    if (initialResponse === undefined) return ` ${mechanism}`;
    return ` ${mechanism} ${initialResponse.length === 0 ? '=' : initialResponse.toString('base64')}`;
  },
});

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Strict base64 (RFC 4648 §4, as RFC 4954 §4 asks); null when it is not. */
export function decodeBase64(text: string): Buffer | null {
  return text.length > 0 && BASE64.test(text) ? Buffer.from(text, 'base64') : null;
}
