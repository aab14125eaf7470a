import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Act, Context } from '../context.ts';
import { connectImap } from '../mail/imap-client.ts';
import { ImapSource } from '../mail/imap-source.ts';
import { ImapTarget } from '../mail/imap-target.ts';
import { Journal } from '../mail/journal.ts';
import { MaildirSource } from '../mail/maildir.ts';
import { MboxSource } from '../mail/mbox.ts';
import { transfer } from '../mail/transfer.ts';
import type { MailSource } from '../mail/types.ts';
import { readPassword } from '../secret.ts';
import { describeTransfer, type MailboxOptions, openMailbox, progressTo, withMailboxOptions } from './mail-options.ts';

interface ImapOptions extends MailboxOptions {
  readonly from: string;
  readonly user: string;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly passwordStdin?: boolean;
  readonly exclude?: string[];
}

/** `postroad import imap|maildir|mbox` */
export function importCommand(act: Act): Command {
  const command = new Command('import').description(
    'bring mail into an account, with folders, flags and dates; say the same again after a cut and it goes on',
  );
  withMailboxOptions(
    command
      .command('imap <address>')
      .description('from another IMAP server; nothing is changed there')
      .requiredOption('--from <host:port>', 'the other server')
      .requiredOption('--user <name>', 'user name there; its password comes from stdin')
      .addOption(
        new Option('--security <how>', 'how the connection is protected')
          .choices(['tls', 'starttls', 'none'])
          .default('tls'),
      )
      .option('--password-stdin', 'read the password from the first line of stdin')
      .option('--exclude <folder...>', 'folders to leave out'),
  ).action(act((context, options: ImapOptions, address: string) => fromImap(context, options, address)));
  withMailboxOptions(
    command.command('maildir <address> <directory>').description('from a tree of Maildirs (also Maildir++)'),
  ).action(
    act((context, options: MailboxOptions, address: string, directory: string) =>
      bring(context, options, { address, source: new MaildirSource(directory), what: `maildir ${resolve(directory)}` }),
    ),
  );
  withMailboxOptions(
    command
      .command('mbox <address> <path>')
      .description('from an mbox file, or a directory of them')
      .option('--into <folder>', 'folder for a single file'),
  ).action(
    act((context, options: MailboxOptions & { into?: string }, address: string, path: string) =>
      bring(context, options, { address, source: new MboxSource(path, options.into), what: `mbox ${resolve(path)}` }),
    ),
  );
  return command;
}

async function fromImap(context: Context, options: ImapOptions, address: string): Promise<void> {
  const { from, user, security } = options;
  const password = await readPassword(context.io, options.passwordStdin === true, `Password of ${user} at ${from}`);
  const excluded = new Set(options.exclude);
  const client = await connectImap({ address: from, security, user, password });
  await bring(context, options, {
    address,
    source: new ImapSource(client, (name) => excluded.has(name)),
    what: `imap ${user} at ${from}`,
  });
}

async function bring(
  context: Context,
  options: MailboxOptions,
  { address, source, what }: { readonly address: string; readonly source: MailSource; readonly what: string },
): Promise<void> {
  const about = `${what} into ${address}`;
  const name = `${createHash('sha256').update(about).digest('hex').slice(0, 16)}.json`;
  const journal = new Journal(options.state ?? join(resolve(context.options.home), 'imports', name), about);
  const target = new ImapTarget(await openMailbox(context, options, address));
  try {
    const result = await transfer(source, target, { journal, rename: inbox, progress: progressTo(context) });
    context.print(result, () => describeTransfer(result));
  } finally {
    await source.close();
    await target.close();
  }
}

const inbox = (name: string): string => (/^inbox$/i.test(name) ? 'INBOX' : name);
