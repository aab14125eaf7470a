import { join } from 'node:path';
import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { ImapSource } from '../mail/imap-source.ts';
import { Journal } from '../mail/journal.ts';
import { MaildirTarget } from '../mail/maildir.ts';
import { MboxTarget } from '../mail/mbox.ts';
import { transfer } from '../mail/transfer.ts';
import type { MailTarget } from '../mail/types.ts';
import { describeTransfer, type MailboxOptions, openMailbox, progressTo, withMailboxOptions } from './mail-options.ts';

/** `postroad export maildir|mbox` */
export function exportCommand(act: Act): Command {
  const command = new Command('export').description(
    'write an account’s own mail into files, with folders, flags and dates; run again, it adds what came since',
  );
  const kinds: readonly (readonly [name: string, about: string, make: (directory: string) => MailTarget])[] = [
    ['maildir', 'a tree of Maildirs', (directory) => new MaildirTarget(directory)],
    ['mbox', 'one mbox file per folder', (directory) => new MboxTarget(directory)],
  ];
  for (const [name, about, make] of kinds)
    withMailboxOptions(command.command(`${name} <address> <directory>`).description(about)).action(
      act((context, options: MailboxOptions, address: string, directory: string) =>
        write(context, options, { address, directory, target: make(directory), kind: name }),
      ),
    );
  return command;
}

async function write(
  context: Context,
  options: MailboxOptions,
  to: { readonly address: string; readonly directory: string; readonly target: MailTarget; readonly kind: string },
): Promise<void> {
  const about = `${to.address} as ${to.kind}`;
  const journal = new Journal(options.state ?? join(to.directory, '.postroad-export.json'), about);
  const source = new ImapSource(await openMailbox(context, options, to.address), (name) => name.startsWith('user/'));
  try {
    const result = await transfer(source, to.target, {
      journal,
      rename: (name) => name,
      progress: progressTo(context),
    });
    context.print(result, () => describeTransfer(result));
  } finally {
    await source.close();
    await to.target.close();
  }
}
