import { setTimeout as sleep } from 'node:timers/promises';
import type { ImapAccount } from '../backend.ts';
import { ParseError, Refusal, SessionEnd } from '../errors.ts';
import { isPlausible } from '../sasl/mechanism.ts';
import { capabilities } from './capabilities.ts';
import type { Completion, Context } from './context.ts';
import { no, ok } from './context.ts';

/** Tells how an attempt to sign in ended. What is malformed, cancelled or cut off in the middle is none. */
export async function attempt(context: Context, mechanism: string, work: Promise<Completion>): Promise<Completion> {
  try {
    const completion = await work;
    context.observer?.auth(mechanism, completion.status === 'OK' ? 'ok' : 'refused');
    return completion;
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof SessionEnd || error instanceof ParseError))
      context.observer?.auth(mechanism, 'error');
    throw error;
  }
}

/** LOGIN. A wrong name and a wrong password look and last the same. */
export async function signIn(context: Context, username: string, password: string): Promise<Completion> {
  const account = isPlausible(username, password) ? await context.backend.authenticate(username, password) : null;
  return finishSignIn(context, username, account);
}

/** The end of LOGIN and AUTHENTICATE alike; `account` null: refused. */
export async function finishSignIn(
  context: Context,
  username: string,
  account: ImapAccount | null,
): Promise<Completion> {
  if (!account) {
    context.report('login-failed', username.slice(0, 255));
    await sleep(context.limits.authFailureDelay);
    return no('authentication failed', 'AUTHENTICATIONFAILED');
  }
  context.login(account, username);
  return ok('signed in', `CAPABILITY ${capabilities(context)}`);
}

/** RFC 3501 §6.2.3: no password before TLS. */
export function needsTls(context: Context): Completion | null {
  return context.secure ? null : no('use STARTTLS first', 'PRIVACYREQUIRED');
}
