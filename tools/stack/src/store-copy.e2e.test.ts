import assert from 'node:assert/strict';
import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { after, before, suite, test } from 'node:test';
import { KvDirectoryWriter } from '@postroad/directory';
import { type ImapResult, ImapWire, missingPostgres, missingS3, TestPostgres, TestS3 } from '@postroad/testkit';
import { Cli } from './cli-run.ts';
import { type MailClient, openMail } from './mail-client.ts';
import { Stack } from './stack.ts';

const PASSWORD = 'mail that changes its store';
const USER = 'ann@postroad.test';
const MANY = 300;

async function signedIn(stack: Stack): Promise<ImapWire> {
  const wire = await ImapWire.connect({ port: stack.ports.imaps, tls: true });
  await wire.ok(['LOGIN ', Buffer.from(USER), ' ', Buffer.from(PASSWORD)]);
  await wire.ok('ENABLE QRESYNC');
  return wire;
}

const lines = ({ untagged }: ImapResult): string[] => untagged.map(({ octets }) => octets.toString('latin1').trimEnd());
const numberOf = (said: readonly string[], what: string): string =>
  new RegExp(`\\[${what} (\\d+)\\]`).exec(said.join('\n'))?.[1] ?? '';

/** As it is before: what the client of {@link unchanged} keeps. */
async function remember(stack: Stack): Promise<Known> {
  const wire = await signedIn(stack);
  const said = lines(await wire.ok('EXAMINE INBOX'));
  const fetched = lines(await wire.ok('UID FETCH 1:* (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE EMAILID)')).filter(
    (line) => line.includes(' FETCH '),
  );
  await wire.command('LOGOUT');
  return { validity: numberOf(said, 'UIDVALIDITY'), modseq: numberOf(said, 'HIGHESTMODSEQ'), fetched };
}

/** RFC 7162 §3.2.5: with the same UIDVALIDITY and nothing above the MODSEQ, SELECT tells of no change. */
async function unchanged(stack: Stack, known: Known): Promise<void> {
  const wire = await signedIn(stack);
  const said = lines(await wire.ok(`EXAMINE INBOX (QRESYNC (${known.validity} ${known.modseq}))`));
  assert.equal(numberOf(said, 'UIDVALIDITY'), known.validity);
  assert.equal(numberOf(said, 'HIGHESTMODSEQ'), known.modseq);
  assert.deepEqual(
    said.filter((line) => / FETCH |VANISHED/.test(line)),
    [],
  );
  await wire.command('LOGOUT');
  assert.deepEqual((await remember(stack)).fetched, known.fetched);
}

/** Ends a copy once the target has more than so many messages. */
async function killWhen(child: ChildProcess, url: string, rows: number): Promise<void> {
  const run = promisify(execFile);
  while (child.exitCode === null && child.signalCode === null) {
    const { stdout } = await run('psql', [url, '-Atc', 'SELECT count(*) FROM message']).catch(() => ({ stdout: '0' }));
    if (Number(stdout) > rows) child.kill('SIGKILL');
    await sleep(20);
  }
}

/** Everything a client that was away keeps of a mailbox, and what it is told when it comes back. */
interface Known {
  readonly validity: string;
  readonly modseq: string;
  readonly fetched: readonly string[];
}

suite(
  'postroad store copy between a stack on sqlite and one on PostgreSQL with S3',
  { skip: missingPostgres() || missingS3() },
  () => {
    const home = mkdtempSync(join(tmpdir(), 'postroad-store-copy-'));
    const cli = new Cli(home);
    let postgres: TestPostgres;
    let s3: TestS3;
    let url: string;
    before(async () => {
      postgres = await TestPostgres.start();
      s3 = await TestS3.start();
      url = postgres.createDatabase();
    });
    after(async () => {
      await s3?.stop();
      await postgres?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    const start = (store: 'sqlite' | 'postgres', directory = 'mail'): Promise<Stack> =>
      Stack.start({
        home,
        portOffset: 25_900,
        agents: ['ops', 'mda'],
        env: {
          POSTROAD_MDA_INLINE_LIMIT: '4096',
          ...(store === 'sqlite'
            ? { POSTROAD_MDA_STORE_DIR: join(home, directory) }
            : {
                POSTROAD_MDA_STORE: 'postgres',
                POSTROAD_MDA_POSTGRES_URL: url,
                POSTROAD_MDA_S3_ENDPOINT: s3.endpoint,
                POSTROAD_MDA_S3_BUCKET: s3.bucket,
                POSTROAD_MDA_S3_ACCESS_KEY_ID: s3.accessKeyId,
                POSTROAD_MDA_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
              }),
        },
      });
    const copyArgs = (from: string, to: string): string[] => [
      'store',
      'copy',
      from,
      to,
      '--s3-endpoint',
      s3.endpoint,
      '--s3-bucket',
      s3.bucket,
      '--s3-access-key-id',
      s3.accessKeyId,
    ];
    const env = (): Record<string, string> => ({ POSTROAD_MDA_S3_SECRET_ACCESS_KEY: s3.secretAccessKey });

    /** What a client without a memory sees of the mailboxes, octet for octet. */
    const look = async (mail: MailClient): Promise<unknown> => {
      const seen: unknown[] = [];
      for (const folder of await mail.folders())
        seen.push([
          folder,
          String(await mail.uidValidity(folder)),
          (await mail.all(folder)).map(({ flags, ...rest }) => ({
            ...rest,
            flags: flags.filter((flag) => flag !== '\\Recent').sort(),
          })),
        ]);
      return seen;
    };

    let known: Known;
    let seen: unknown;

    test('a stack on sqlite is filled', async () => {
      const stack = await start('sqlite');
      try {
        const directory = new KvDirectoryWriter(stack.bus);
        await directory.addDomain(stack.domain);
        await directory.addAccount({ address: USER, password: PASSWORD });
        const mail = await openMail(stack, USER, PASSWORD);
        await mail.create('Größe/2026');
        const large = 'a line of a large message\r\n'.repeat(6000);
        await Promise.all(
          Array.from({ length: MANY }, (_, n) =>
            mail.append(
              n % 10 === 0 ? 'Größe/2026' : 'INBOX',
              `Subject: ${String(n)}\r\n\r\n${n % 50 === 0 ? large : 'short\r\n'}${String(n)}\r\n`,
              n % 3 === 0 ? ['\\Seen', '$Label'] : [],
              new Date(1.7e12 + n * 1000),
            ),
          ),
        );
        await mail.remove('INBOX', '5:9');
        seen = await look(mail);
        await mail.close();
        known = await remember(stack);
      } finally {
        await stack.stop();
      }
    });

    test('copied to PostgreSQL and S3, cut in the middle, and said again', async () => {
      const from = `sqlite:${join(home, 'mail')}`;
      let cut = 0;
      for (let attempt = 0; attempt < 2; attempt++) {
        const { code } = await cli.run(copyArgs(from, url), {
          env: env(),
          started: (child) => {
            void killWhen(child, url, attempt * 100);
          },
        });
        if (code === null) cut++;
      }
      assert.ok(cut >= 1, 'it was cut');
      interface Report {
        accounts: number;
        mailboxes: number;
        copied: number;
        verified: number;
      }
      const report = await cli.json<Report>(copyArgs(from, url), { env: env() });
      assert.equal(report.accounts, 1);
      assert.equal(report.verified, MANY - 5);
      assert.ok(report.copied < MANY - 5, 'what was there was not copied again');
      const again = await cli.run(copyArgs(from, url), { env: env() });
      assert.match(again.out, /copied 0 messages; 295 in \d+ mailboxes of 1 accounts are the same in both/);
      assert.match(again.err, /\d+ of \d+ messages/);
    });

    test('the mda on the copy: a client with QRESYNC is told nothing, and what is new afterwards', async () => {
      const stack = await start('postgres');
      try {
        await unchanged(stack, known);
        const mail = await openMail(stack, USER, PASSWORD);
        assert.deepEqual(await look(mail), seen);
        const uid = await mail.append('INBOX', 'Subject: on postgres\r\n\r\nnew\r\n', ['\\Flagged']);
        assert.ok(uid > MANY - MANY / 10);
        await mail.remove('INBOX', '20:21');
        seen = await look(mail);
        await mail.close();
        known = await remember(stack);
      } finally {
        await stack.stop();
      }
    });

    test('and back into a new sqlite store', async () => {
      await cli.good(copyArgs(url, `sqlite:${join(home, 'back')}`), { env: env() });
      const stack = await start('sqlite', 'back');
      try {
        await unchanged(stack, known);
        const mail = await openMail(stack, USER, PASSWORD);
        assert.deepEqual(await look(mail), seen);
        await mail.close();
      } finally {
        await stack.stop();
      }
    });

    test('a store is not copied onto itself, nor from nowhere; what cannot be opened ends the command', async () => {
      assert.equal(await cli.fails(['store', 'copy', url, url]), 'USAGE');
      assert.equal(await cli.fails(['store', 'copy', 'mysql://x', url]), 'USAGE');
      const nobody = 'postgres://postgres@127.0.0.1:9/none';
      assert.equal(await cli.fails(['store', 'copy', `sqlite:${join(home, 'mail')}`, nobody]), 'COPY_FAILED');
      assert.equal(await cli.fails(['store', 'copy', `sqlite:${join(home, 'mail')}`, 'mysql://x']), 'USAGE');
    });
  },
);
