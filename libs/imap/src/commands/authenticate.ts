import { Refusal } from '../errors.ts';
import { type Command, no } from '../session/context.ts';
import { needsTls, signIn } from '../session/sign-in.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** RFC 3501 §6.2.2 with the initial response of RFC 4959; PLAIN (RFC 4616). */
export const authenticate: Command<{ mechanism: string; initial: string | null }> = {
  name: 'AUTHENTICATE',
  states: ['not-authenticated'],
  parse(args) {
    args.space();
    const mechanism = args.atom().toUpperCase();
    const initial = args.skip(' ') ? args.astring() : null;
    args.end();
    return { mechanism, initial };
  },
  check(context, { mechanism }) {
    if (mechanism !== 'PLAIN') return no('no such mechanism');
    return needsTls(context);
  },
  async proceed(context, { initial }) {
    const response = initial ?? (await context.ask('')).toString('latin1');
    if (response === '*') throw new Refusal('BAD', undefined, 'cancelled');
    // RFC 4959 §3: `=` stands for an empty response
    const coded = response === '=' ? '' : response;
    if (!BASE64.test(coded)) throw new Refusal('BAD', undefined, 'not base64');
    const fields = Buffer.from(coded, 'base64').toString('utf8').split('\0');
    const [authorization = '', username = '', password = ''] = fields;
    if (fields.length !== 3 || username === '') throw new Refusal('BAD', undefined, 'not a PLAIN response');
    // acting for another account is not offered
    if (authorization !== '' && authorization !== username) return no('no proxy authorization', 'AUTHORIZATIONFAILED');
    return signIn(context, username, password);
  },
};
