import { Command, CommanderError } from 'commander';
import { accountCommand } from './commands/account.ts';
import { aliasCommand } from './commands/alias.ts';
import { doctorCommand } from './commands/doctor.ts';
import { domainCommand } from './commands/domain.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { mailboxCommand } from './commands/mailbox.ts';
import { queueCommand } from './commands/queue.ts';
import { sendCommand } from './commands/send.ts';
import { storeCommand } from './commands/store.ts';
import { traceCommand } from './commands/trace.ts';
import { actWith } from './context.ts';
import { CliError, type Io } from './io.ts';
import { plain, styleFor } from './style.ts';

/** Runs one command line; resolves to its exit code and never rejects. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const act = actWith(io, (code) => (exitCode = code));
  const program = new Command('postroad')
    .description('Administer a running Postroad: accounts, domains, aliases, the queue, and the story of each message.')
    .option('--home <dir>', 'home folder of the stack, with stack.json and ops-token', '.postroad')
    .option('--server <url>', 'address of the admin API, instead of a home folder')
    .option('--token-file <file>', 'file with the token of the admin API')
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      '\nSecrets are read from stdin (or typed at a terminal), never from arguments.\nExit codes: 0 good, 1 failed, 2 wrong usage.',
    );
  for (const command of [
    accountCommand,
    domainCommand,
    aliasCommand,
    mailboxCommand,
    importCommand,
    exportCommand,
    storeCommand,
    queueCommand,
    traceCommand,
    sendCommand,
    doctorCommand,
  ])
    program.addCommand(command(act));
  configure(program, io);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, io, argv.includes('--json'));
  }
}

/** Settings that commander does not hand down to commands added to others. */
function configure(command: Command, io: Io): void {
  command
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(see --help)')
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  for (const each of command.commands) configure(each, io);
}

function report(error: unknown, io: Io, json: boolean): number {
  if (error instanceof CommanderError) {
    // Commander has said it already: help that was asked for is no error.
    if (json && error.exitCode !== 0)
      io.stdout.write(
        `${JSON.stringify({ error: { code: 'USAGE', message: error.message.replace(/^error: /, '') } })}\n`,
      );
    return error.exitCode === 0 ? 0 : 2;
  }
  const known = error instanceof CliError;
  const message = error instanceof Error ? error.message : String(error);
  const hint = known ? error.hint : undefined;
  if (json)
    io.stdout.write(
      `${JSON.stringify({ error: { code: known ? error.code : 'FAILED', message, ...(hint === undefined ? {} : { hint }) } }, null, 2)}\n`,
    );
  else
    io.stderr.write(
      `postroad: ${plain(message)}\n${hint === undefined ? '' : `${styleFor(io)('dim', plain(hint))}\n`}`,
    );
  return known ? error.exitCode : 1;
}
