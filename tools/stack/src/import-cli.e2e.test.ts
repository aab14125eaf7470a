import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { KvDirectoryWriter } from '@postroad/directory';
import { type Dovecot, missing, startDovecot } from '@postroad/testkit';
import { Cli } from './cli-run.ts';
import { type MailClient, openImap, openMail, type ReadMessage } from './mail-client.ts';
import { Stack } from './stack.ts';

const PASSWORD = 'mail that moves house';
const FOLDERS = ['INBOX', 'Größe & mehr', 'Größe & mehr/日本', 'Projects/2026'];
const FLAGS = [[], ['\\Seen'], ['\\Seen', '\\Answered', '$Forwarded'], ['\\Flagged', 'Wichtig'], ['\\Draft']];
const MANY = 300;

interface Result {
  readonly folders: number;
  readonly copied: number;
  readonly skipped: number;
  readonly bytes: number;
}

const message = (folder: string, n: number): string =>
  `From: a@example.org\r\nSubject: ${String(n)} of ${encodeURI(folder)}\r\nMessage-ID: <${String(n)}.${encodeURI(folder)}@x>\r\n\r\n` +
  `>From quoted\r\nFrom here on\r\n.\r\n${'text of the message\r\n'.repeat(n % 7)}`;
const dateOf = (n: number): Date => new Date(Date.UTC(2020, 0, 1) + n * 86_399_000);

/** What a client sees of a message, whatever UID it has. */
const seen = ({ octets, flags, date }: ReadMessage): string =>
  JSON.stringify([octets, [...flags].filter((flag) => flag !== '\\Recent').sort(), date]);

async function everything(client: MailClient, folders: readonly string[]): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const folder of folders) all[folder] = (await client.all(folder)).map(seen).sort();
  return all;
}

suite('postroad import and export against a running stack', () => {
  const home = mkdtempSync(join(tmpdir(), 'postroad-import-'));
  const cli = new Cli(home);
  const users = ['ann', 'ben', 'cleo', 'dan', 'eve'].map((name) => `${name}@postroad.test`);
  const [ann = '', ben = '', cleo = '', dan = '', eve = ''] = users;
  let stack: Stack;
  before(async () => {
    stack = await Stack.start({ home, portOffset: 25_700, agents: ['ops', 'mda'] });
    const directory = new KvDirectoryWriter(stack.bus);
    await directory.addDomain(stack.domain);
    for (const address of users) await directory.addAccount({ address, password: PASSWORD });
  });
  after(async () => {
    await stack?.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const mailOf = (user: string): Promise<MailClient> => openMail(stack, user, PASSWORD);

  suite(
    'from a real Dovecot',
    { skip: missing('dovecot') || (process.getuid?.() !== 0 && 'Dovecot is started by root') },
    () => {
      let dovecot: Dovecot;
      let there: MailClient;
      before(async () => {
        dovecot = await startDovecot();
        there = await openImap({ port: dovecot.port, user: 'old', password: dovecot.password, ca: null });
        for (const folder of FOLDERS.slice(1)) await there.create(folder);
        let n = 0;
        for (const folder of FOLDERS)
          for (let i = 0; i < (folder === 'INBOX' ? MANY : 12); i++, n++)
            await there.append(folder, message(folder, n), FLAGS[n % FLAGS.length] ?? [], dateOf(n));
      });
      after(async () => {
        await there?.close();
        await dovecot?.stop();
      });

      const args = (user: string, ...more: string[]): string[] => [
        'import',
        'imap',
        user,
        '--from',
        `127.0.0.1:${String(dovecot.port)}`,
        '--user',
        'old',
        '--security',
        'none',
        '--password-stdin',
        ...more,
      ];

      test('killed in the middle, and said again: no message is lost, none is there twice', async () => {
        const mail = await mailOf(ann);
        let killed = 0;
        // three times, at different places, each long before the end: the target tells how far it came
        for (const stop of [10, 60, 120]) {
          const cut = new AbortController();
          const ran = cli.run(args(ann, '--json'), {
            input: `${dovecot.password}\n`,
            started: (child) => {
              void (async () => {
                while (!cut.signal.aborted && (await mail.count('INBOX')) < stop)
                  await new Promise((resolve) => setTimeout(resolve, 5));
                child.kill('SIGKILL');
              })();
            },
          });
          const { code } = await ran;
          cut.abort();
          if (code === null) killed++;
        }
        assert.equal(killed, 3, 'each was cut');
        const result = await cli.json<Result>(args(ann), { input: `${dovecot.password}\n` });
        assert.deepEqual(Object.keys(result).sort(), ['bytes', 'copied', 'folders', 'skipped']);
        assert.ok(result.copied < MANY + 36, `${String(result.copied)} were left`);
        const want = await everything(there, FOLDERS);
        assert.deepEqual(await everything(mail, FOLDERS), want);
        // and once more: nothing is left to do
        const nothing = await cli.json<Result>(args(ann), { input: `${dovecot.password}\n` });
        assert.deepEqual([nothing.copied, nothing.bytes], [0, 0]);
        await there.append('INBOX', message('INBOX', 9999), ['\\Seen'], dateOf(1));
        const added = await cli.run(args(ann), { input: `${dovecot.password}\n` });
        assert.match(added.out, /^copied 1 messages \(\d+ B\) in \d+ folders/);
        assert.match(added.err, /messages, \d+\/s/, 'progress is told on stderr');
        assert.deepEqual(await everything(mail, FOLDERS), await everything(there, FOLDERS));
        await mail.close();
      });

      test('a wrong password, a folder left out', async () => {
        assert.equal(await cli.fails(args(ben), { input: 'wrong\n' }), 'AUTHENTICATION_FAILED');
        await cli.good(args(ben, '--exclude', 'INBOX', 'Projects/2026'), { input: `${dovecot.password}\n` });
        const mail = await mailOf(ben);
        assert.equal((await mail.all('INBOX')).length, 0);
        assert.equal((await mail.all('Größe & mehr/日本')).length, 12);
        assert.ok(!(await mail.folders()).includes('Projects/2026'));
        await mail.close();
      });

      test('its Maildirs on disk: names, flags, keywords and dates are the same as over IMAP', async () => {
        chmodSync(dovecot.mail, 0o755);
        await cli.good(['import', 'maildir', cleo, join(dovecot.mail, 'old')]);
        const mail = await mailOf(cleo);
        assert.deepEqual(await everything(mail, FOLDERS), await everything(there, FOLDERS));
        await mail.close();
      });

      test('exported and imported again: flags, keywords, dates and folders are as they were', async () => {
        const mail = await mailOf(ann);
        const want = await everything(mail, FOLDERS);
        for (const [kind, user] of [
          ['maildir', dan],
          ['mbox', eve],
        ] as const) {
          const folder = join(home, `export-${kind}`);
          const result = await cli.json<Result>(['export', kind, ann, folder]);
          assert.equal(result.copied, Object.values(want).flat().length);
          const again = await cli.json<Result>(['export', kind, ann, folder]);
          assert.equal(again.copied, 0);
          await cli.good(['import', kind, user, folder]);
          const other = await mailOf(user);
          assert.deepEqual(await everything(other, FOLDERS), want, kind);
          await other.close();
        }
        await mail.close();
      });
    },
  );

  test('an mbox file and a Maildir of another program', async () => {
    const folder = join(home, 'others');
    mkdirSync(join(folder, 'tree/cur'), { recursive: true });
    for (const sub of ['new', 'tmp']) mkdirSync(join(folder, 'tree', sub));
    writeFileSync(
      join(folder, 'old.mbox'),
      'From a@example.org Thu Jan  2 03:04:05 2020\nStatus: RO\nX-Status: AF\nX-Keywords: Wichtig\nSubject: one\n\n>From quoted\n>>From twice\n\n' +
        'From b@example.org Fri Jan  3 03:04:05 2020\nSubject: two\n\nlast line\n',
    );
    await cli.good(['import', 'mbox', ben, join(folder, 'old.mbox'), '--into', 'Archive/Old']);
    const file = join(folder, 'tree/cur/1577934245.M1P2.host:2,FRS');
    writeFileSync(file, 'Subject: three\n\nbody\n');
    utimesSync(file, 1577934245, 1577934245);
    writeFileSync(join(folder, 'tree/new/1577934246.M1P3.host'), 'Subject: four\n\nbody\n');
    await cli.good(['import', 'maildir', ben, join(folder, 'tree'), '--state', join(folder, 'state.json')]);
    assert.ok(readdirSync(folder).includes('state.json'));
    assert.ok(readFileSync(join(folder, 'state.json'), 'utf8').includes('INBOX'));
    const mail = await mailOf(ben);
    assert.deepEqual(
      (await mail.all('Archive/Old')).map(({ octets, flags, date }) => [
        octets,
        flags.filter((flag) => flag !== '\\Recent').sort(),
        date,
      ]),
      [
        [
          'Subject: one\r\n\r\nFrom quoted\r\n>From twice\r\n',
          ['Wichtig', '\\Answered', '\\Flagged', '\\Seen'],
          Date.UTC(2020, 0, 2, 3, 4, 5),
        ],
        ['Subject: two\r\n\r\nlast line\r\n', [], Date.UTC(2020, 0, 3, 3, 4, 5)],
      ],
    );
    const inbox = await mail.all('INBOX');
    assert.deepEqual(
      inbox.map(({ octets, flags }) => [octets, flags.filter((flag) => flag !== '\\Recent').sort()]),
      [
        ['Subject: three\r\n\r\nbody\r\n', ['\\Answered', '\\Flagged', '\\Seen']],
        ['Subject: four\r\n\r\nbody\r\n', []],
      ],
    );
    assert.equal(inbox[0]?.date, 1577934245_000);
    await mail.close();
  });
});
