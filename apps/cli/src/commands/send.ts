import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { usageError } from '../io.ts';
import { readPassword, readPasswordAndBody } from '../secret.ts';
import { submit } from '../submit.ts';
import { readStack } from '../target.ts';

interface Options {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly user?: string;
  readonly bodyStdin?: boolean;
  readonly passwordStdin?: boolean;
  readonly submission?: string;
  readonly ca?: string;
}

/** `postroad send`: one message through the submission door, as any client would. */
export function sendCommand(act: Act): Command {
  return new Command('send')
    .description('submit a message (SMTP submission with STARTTLS and AUTH)')
    .requiredOption('--from <address>', 'sender')
    .requiredOption('--to <address...>', 'recipients')
    .option('--subject <text>', 'subject', 'Hello from Postroad')
    .option('--user <address>', 'account to log in as (default: the sender)')
    .option('--body-stdin', 'read the text from stdin (with --password-stdin: after the first line)')
    .option('--password-stdin', 'read the password from the first line of stdin')
    .option('--submission <host:port>', 'submission door, instead of the stack’s')
    .option('--ca <file>', 'certificate to trust, instead of the stack’s')
    .action(
      act(async (context, options: Options) => {
        const sent = await submit({
          ...door(context, options),
          ...(await secrets(context, options)),
          ...mailOf(options),
        });
        context.print(
          sent,
          () =>
            `queued as ${sent.queueId ?? '?'}  <${sent.messageId}>\n${context.style('dim', `postroad trace ${sent.queueId ?? sent.messageId}`)}`,
        );
      }),
    );
}

const mailOf = ({ from, to, subject, user }: Options) => ({ from, to, subject, user: user ?? from });

function door({ options: global }: Context, { submission, ca }: Options): { address: string; ca: Buffer | undefined } {
  if (submission !== undefined) return { address: submission, ca: ca === undefined ? undefined : readFileSync(ca) };
  if (global.server !== undefined) throw usageError('with --server, say also --submission HOST:PORT');
  const stack = readStack(global.home);
  return { address: stack.addresses.submission, ca: readFileSync(ca ?? stack.certificate) };
}

async function secrets(
  { io }: Context,
  { bodyStdin, passwordStdin, user, from }: Options,
): Promise<{ password: string; body: string }> {
  if (bodyStdin === true && passwordStdin === true) {
    const { password, body } = await readPasswordAndBody(io);
    return { password, body: body.toString('utf8') };
  }
  if (bodyStdin === true)
    throw usageError('--body-stdin needs --password-stdin: stdin holds the password in its first line, then the text');
  const password = await readPassword(io, passwordStdin === true, `Password of ${user ?? from}`);
  return { password, body: 'Hello!\n\nThis message was sent with `postroad send`.\n' };
}
