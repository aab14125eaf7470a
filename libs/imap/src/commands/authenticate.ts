import { Refusal } from '../errors.ts';
import { mechanismNamed, offeredMechanisms } from '../sasl/mechanisms.ts';
import { type Command, type Completion, type Context, no } from '../session/context.ts';
import { attempt, finishSignIn, needsTls } from '../session/sign-in.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Challenges in one exchange; no mechanism here needs more. */
const MAX_STEPS = 5;

/** RFC 9051 §6.2.2 with the initial response of RFC 4959; the mechanisms are in `sasl/`. */
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
    if (!mechanismNamed(mechanism)) return no('no such mechanism', 'CANNOT');
    const unsafe = needsTls(context);
    if (unsafe) return unsafe;
    const offered = offeredMechanisms(context.backend, context.channelBindings);
    return offered.includes(mechanism) ? null : no('no such mechanism', 'CANNOT');
  },
  proceed: (context, { mechanism, initial }) => attempt(context, mechanism, exchange(context, mechanism, initial)),
};

async function exchange(context: Context, mechanism: string, initial: string | null): Promise<Completion> {
  const step = mechanismNamed(mechanism)?.start(context.backend, context.channelBindings);
  let response = initial ?? (await ask(context, ''));
  for (let steps = 0; step && steps < MAX_STEPS; steps++) {
    const outcome = await step(decode(response));
    if (outcome.kind === 'malformed') throw new Refusal('BAD', undefined, outcome.text);
    if (outcome.kind === 'done') return finishSignIn(context, outcome.username, outcome.account);
    response = await ask(context, outcome.data.toString('base64'));
  }
  throw new Refusal('BAD', undefined, 'the exchange is too long');
}

async function ask(context: Context, challenge: string): Promise<string> {
  const response = (await context.ask(challenge)).toString('latin1');
  if (response === '*') throw new Refusal('BAD', undefined, 'cancelled');
  return response;
}

/** RFC 4959 §3: `=` stands for an empty response. */
function decode(response: string): Buffer {
  const coded = response === '=' ? '' : response;
  if (!BASE64.test(coded)) throw new Refusal('BAD', undefined, 'not base64');
  return Buffer.from(coded, 'base64');
}
