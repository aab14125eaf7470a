import { Command } from 'commander';
import { copyStore, type MailStore, openPostgresStore, openSqliteStore, restoreSqliteStore } from '@postroad/mailstore';
import type { Act, Context } from '../context.ts';
import { CliError, usageError } from '../io.ts';
import { bytes } from '../style.ts';
import { progressTo } from './mail-options.ts';

interface S3Options {
  readonly s3Endpoint?: string;
  readonly s3Region: string;
  readonly s3Bucket: string;
  readonly s3Prefix: string;
  readonly s3AccessKeyId: string;
}

const SPEC = '`sqlite:DIRECTORY` or `postgres://user:password@host/database`';

function withS3(command: Command): Command {
  return command
    .option('--s3-endpoint <url>', 'where the contents of the PostgreSQL store are')
    .option('--s3-region <name>', 'region of the bucket', 'us-east-1')
    .option('--s3-bucket <name>', 'the bucket', 'postroad')
    .option('--s3-prefix <text>', 'in front of every key', '')
    .option('--s3-access-key-id <id>', 'key id; its secret is in POSTROAD_MDA_S3_SECRET_ACCESS_KEY', '');
}

/** `postroad store copy|backup|restore|renumber` */
export function storeCommand(act: Act): Command {
  const store = new Command('store').description('the mailbox store as a whole');
  withS3(
    store
      .command('copy <from> <to>')
      .description(
        `copy all mail from one store to another (${SPEC}); stop the mda first. It goes on where it was cut, and verifies`,
      )
      .option('--verify <how>', '`full` reads every content back, `rows` compares what the stores say', 'full'),
  ).action(
    act((context, options: S3Options & { verify: string }, from: string, to: string) =>
      copy(context, options, from, to),
    ),
  );
  store
    .command('backup <directory>')
    .description('copy the embedded store into a new directory of the mda’s machine, while it is in use')
    .action(
      act(async (context, _options: object, directory: string) => {
        const done = await context.api.post<{ bytes: number }>('/store/backup', { directory });
        context.print(done, () => `wrote ${bytes(done.bytes)} to ${directory}`);
      }),
    );
  store
    .command('restore <backup> <directory>')
    .description('make an embedded store from a backup; clients see new UIDVALIDITYs, and fetch anew')
    .action(
      act(async (context, _options: object, backup: string, directory: string) => {
        await restoreSqliteStore(backup, directory);
        context.print({ directory }, () => `restored into ${directory}`);
      }),
    );
  withS3(
    store
      .command('renumber <store>')
      .description(`give every mailbox a new UIDVALIDITY: after a restore of PostgreSQL by its own tools (${SPEC})`),
  ).action(
    act(async (context, options: S3Options, spec: string) => {
      const opened = await open(context, spec, options);
      try {
        await opened.raiseUidValidity();
      } finally {
        await opened.close();
      }
      context.print({ renumbered: true }, () => 'every mailbox has a new UIDVALIDITY');
    }),
  );
  return store;
}

async function copy(
  context: Context,
  options: S3Options & { verify: string },
  from: string,
  to: string,
): Promise<void> {
  const { verify } = options;
  if (verify !== 'full' && verify !== 'rows') throw usageError('--verify is full or rows');
  if (from === to) throw usageError('a store is not copied onto itself');
  const progress = progressTo(context);
  const source = await open(context, from, options);
  let target: MailStore | undefined;
  try {
    target = await open(context, to, options);
    const report = await copyStore(source, target, {
      verify,
      progress: ({ done, total, accountId, mailbox, phase }) => {
        progress(done, total, `${phase} ${mailbox} of ${accountId}`);
      },
    });
    context.print(
      report,
      () =>
        `copied ${report.copied} messages; ${report.verified} in ${report.mailboxes} mailboxes of ${report.accounts} accounts are the same in both`,
    );
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError('COPY_FAILED', (error as Error).message, 'say the same again: it goes on where it stopped');
  } finally {
    await source.close();
    await target?.close();
  }
}

function open(context: Context, spec: string, options: S3Options): Promise<MailStore> {
  if (spec.startsWith('sqlite:')) return openSqliteStore({ directory: spec.slice('sqlite:'.length) });
  if (!/^postgres(?:ql)?:\/\//.test(spec)) throw usageError(`${spec} is not a store`, `say ${SPEC}`);
  const secretAccessKey = context.io.env['POSTROAD_MDA_S3_SECRET_ACCESS_KEY'] ?? '';
  return openPostgresStore({
    url: spec,
    ...(options.s3Endpoint !== undefined && {
      s3: {
        endpoint: options.s3Endpoint,
        region: options.s3Region,
        bucket: options.s3Bucket,
        prefix: options.s3Prefix,
        forcePathStyle: true,
        accessKeyId: options.s3AccessKeyId,
        secretAccessKey,
      },
    }),
  });
}
