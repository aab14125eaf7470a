import { setTimeout as sleep } from 'node:timers/promises';
import { capabilities } from './capabilities.ts';
import type { Completion, Context } from './context.ts';
import { no, ok } from './context.ts';

/** Octets of a user name or password. */
const MAX_CREDENTIAL = 1024;

/** The end of LOGIN and AUTHENTICATE alike. A wrong name and a wrong password look and last the same. */
export async function signIn(context: Context, username: string, password: string): Promise<Completion> {
  const account =
    username.length > MAX_CREDENTIAL || password.length > MAX_CREDENTIAL
      ? null
      : await context.backend.authenticate(username, password);
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
