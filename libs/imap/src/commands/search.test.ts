import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mail, withMessages } from '../testing/mail.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { SessionDriver } from '../testing/session-driver.ts';

const found = async (driver: SessionDriver, command: string): Promise<string> =>
  /\* E?SEARCH(?: \(TAG "[^"]*"\))?([^\r]*)/.exec(await driver.command(command))?.[1] ?? 'none';

test('`$` is what SAVE kept, without what is gone (IMAP-SAVE-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('a', 'b', 'a', 'b', 'a') });
  assert.match(await driver.command('SEARCH RETURN (SAVE) SUBJECT a'), /^c\d+ OK/);
  assert.match(await driver.command('FETCH $ UID'), /1 FETCH \(UID 1\)[^]*3 FETCH \(UID 3\)[^]*5 FETCH \(UID 5\)/);
  assert.equal(await found(driver, 'SEARCH $ SMALLER 1000 NOT 3'), ' 1 5');
  assert.equal(await found(driver, 'UID SEARCH UID $'), ' 1 3 5');
  assert.match(await driver.command('STORE $ +FLAGS.SILENT \\Flagged'), /OK/);
  assert.match(await driver.command('UID COPY $ Sent'), /COPYUID 2 1,3,5 1:3\]/);
  await driver.command('UID MOVE 3 Sent');
  assert.equal(await found(driver, 'UID SEARCH $'), ' 1 5');
  // MIN and MAX keep only those, with COUNT all
  assert.equal(await found(driver, 'UID SEARCH RETURN (SAVE MIN MAX) SUBJECT b'), ' UID MIN 2 MAX 4');
  assert.equal(await found(driver, 'UID SEARCH $'), ' 2 4');
  await driver.command('SEARCH RETURN (SAVE MIN COUNT) ALL');
  assert.equal(await found(driver, 'UID SEARCH $'), ' 1 2 4 5');
  // one that is not understood leaves it, one that fails empties it, SELECT too
  assert.match(await driver.command('SEARCH RETURN (SAVE) NONSENSE'), /BAD/);
  assert.equal(await found(driver, 'UID SEARCH $'), ' 1 2 4 5');
  const search = driver.backend.search.bind(driver.backend);
  driver.backend.search = () => Promise.reject(Object.assign(new Error('x'), { code: 'UNAVAILABLE' }));
  assert.match(await driver.command('SEARCH RETURN (SAVE) ALL'), /NO/);
  driver.backend.search = search;
  assert.equal(await found(driver, 'UID SEARCH $'), '');
  await driver.command('SEARCH RETURN (SAVE) ALL');
  await driver.command('SELECT INBOX');
  assert.equal(await found(driver, 'UID SEARCH $'), '');
  await driver.end();
});

test('PARTIAL is a page of the result, from either end (IMAP-PARTIAL-1)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages(...'abcdefghij') });
  assert.equal(await found(driver, 'UID SEARCH RETURN (PARTIAL 2:4 COUNT) ALL'), ' UID PARTIAL (2:4 2:4) COUNT 10');
  assert.equal(await found(driver, 'UID SEARCH RETURN (PARTIAL -1:-3) ALL'), ' UID PARTIAL (-1:-3 8:10)');
  assert.equal(await found(driver, 'UID SEARCH RETURN (PARTIAL -20:-10) ALL'), ' UID PARTIAL (-20:-10 1)');
  assert.equal(await found(driver, 'UID SEARCH RETURN (PARTIAL 11:20) ALL'), ' UID PARTIAL (11:20 NIL)');
  assert.equal(await found(driver, 'UID SEARCH RETURN (PARTIAL 1:5) SUBJECT none'), ' UID PARTIAL (1:5 NIL)');
  await driver.command('UID SEARCH RETURN (SAVE PARTIAL 1:2) ALL');
  assert.equal(await found(driver, 'UID SEARCH $'), ' 1 2');
  for (const bad of [
    '(PARTIAL 1:2 ALL)',
    '(PARTIAL 1:-2)',
    '(PARTIAL 0:2)',
    '(PARTIAL 1:2 PARTIAL 3:4)',
    '(PARTIAL 1)',
  ])
    assert.match(await driver.command(`UID SEARCH RETURN ${bad} ALL`), /BAD/, bad);
  assert.match(
    await driver.command('UID FETCH 1:* (UID) (PARTIAL -1:-2)'),
    /^\* 9 FETCH[^]*^\* 10 FETCH \(UID 10\)\r\nc\d+ OK/m,
  );
  assert.match(await driver.command('UID FETCH 2:* UID (PARTIAL 2:2)'), /^\* 3 FETCH \(UID 3\)\r\nc\d+ OK/);
  assert.match(await driver.command('FETCH 1:* UID (PARTIAL 1:2)'), /BAD/);
  await driver.end();
});

test('OLDER and YOUNGER (IMAP-WITHIN-1)', async () => {
  const backend = new MemoryBackend();
  backend.deliver('INBOX', mail('old'), [], Date.now() - 100_000);
  backend.deliver('INBOX', mail('new'), [], Date.now() - 10_000);
  const driver = await SessionDriver.selected({ backend });
  assert.equal(await found(driver, 'SEARCH OLDER 60'), ' 1');
  assert.equal(await found(driver, 'SEARCH YOUNGER 60'), ' 2');
  assert.equal(await found(driver, 'SEARCH NOT YOUNGER 60'), ' 1');
  assert.match(await driver.command('SEARCH OLDER 0'), /BAD/);
  await driver.end();
});

test('charsets in SEARCH; those nobody knows are refused by name (IMAP-SEARCH-4)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('привет', 'Grüße', '日本') });
  assert.equal(await found(driver, 'SEARCH CHARSET KOI8-R SUBJECT {6+}\r\n\xd0\xd2\xc9\xd7\xc5\xd4'), ' 1');
  assert.equal(await found(driver, 'SEARCH CHARSET "iso-8859-1" SUBJECT "Gr\xfc\xdfe"'), ' 2');
  assert.equal(await found(driver, 'SEARCH CHARSET UTF-7 SUBJECT +ZeVnLA-'), ' 3');
  assert.equal(await found(driver, 'SEARCH CHARSET ISO-2022-JP SUBJECT {10+}\r\n\x1b$BF|K\\\x1b(B'), ' 3');
  // no charset: UTF-8, or what is none of it as latin1
  assert.equal(await found(driver, 'SEARCH SUBJECT "gr\xc3\xbc\xc3\x9f"'), ' 2');
  assert.equal(await found(driver, 'SEARCH SUBJECT "gr\xfc\xdf"'), ' 2');
  assert.match(await driver.command('SEARCH CHARSET X-NONE SUBJECT {3+}\r\na)b'), /NO \[BADCHARSET \(US-ASCII UTF-8 /);
  assert.match(await driver.command(`SEARCH CHARSET ${'x'.repeat(500)} ALL`), /NO \[BADCHARSET/);
  await driver.end();
});

test('what the client does not know yet is not found (IMAP-SEARCH-5)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('a', 'b') });
  driver.backend.deliver('INBOX', mail('a'));
  const answer = await driver.command('SEARCH RETURN (ALL) SUBJECT a');
  assert.match(answer, /ALL 1\r\n\* 3 EXISTS/);
  assert.equal(await found(driver, 'SEARCH SUBJECT a'), ' 1 3');
  assert.equal(await found(driver, 'SEARCH UIDAFTER 1'), ' 2 3');
  assert.equal(await found(driver, 'SEARCH UIDBEFORE 2'), ' 1');
  assert.equal(await found(driver, 'SEARCH UIDBEFORE 1'), '');
  await driver.end();
});

test('SORT and ESORT (IMAP-SORT-1, IMAP-SORT-2)', async () => {
  const driver = await SessionDriver.selected({ backend: withMessages('c', 'Re: a', 'b', 'a') });
  assert.match(await driver.command('SORT (SUBJECT) UTF-8 ALL'), /^\* SORT 2 4 3 1\r\n/);
  assert.match(await driver.command('UID SORT (REVERSE ARRIVAL) US-ASCII 1:3'), /^\* SORT 3 2 1\r\n/);
  assert.match(await driver.command('SORT (DISPLAYFROM REVERSE DISPLAYTO SUBJECT) UTF-8 SUBJECT none'), /^\* SORT\r\n/);
  assert.match(
    await driver.command('UID SORT RETURN (MIN MAX COUNT ALL) (REVERSE SUBJECT) UTF-8 ALL'),
    /^\* ESEARCH \(TAG "c6"\) UID MIN 1 MAX 4 ALL 1,3,2,4 COUNT 4\r\n/,
  );
  assert.match(await driver.command('SORT RETURN (PARTIAL 2:3) (SUBJECT) UTF-8 ALL'), /PARTIAL \(2:3 4,3\)\r\n/);
  assert.match(await driver.command('SORT (ARRIVAL) UTF-8 MODSEQ 3'), /\* SORT 2 3 4 \(MODSEQ 5\)/);
  assert.match(await driver.command('SORT (ARRIVAL) X-NONE ALL'), /NO \[BADCHARSET/);
  for (const bad of ['() UTF-8 ALL', '(REVERSE) UTF-8 ALL', '(COLOUR) UTF-8 ALL', '(DATE) UTF-8'])
    assert.match(await driver.command(`SORT ${bad}`), /BAD/, bad);
  await driver.end();
});

test('THREAD (IMAP-THREAD-1)', async () => {
  const backend = new MemoryBackend();
  const refer = (id: string, to: string): Buffer =>
    mail('x', `Message-ID: <${id}>\r\n${to && `References: <${to}>\r\n`}`);
  for (const [id, to] of [
    ['1', ''],
    ['2', '1'],
    ['3', '1'],
    ['4', '3'],
    ['5', ''],
  ] as const)
    backend.deliver('INBOX', refer(id, to));
  const driver = await SessionDriver.selected({ backend });
  assert.match(await driver.command('THREAD REFERENCES UTF-8 ALL'), /^\* THREAD \(1 \(2\)\(3 4\)\)\(5\)\r\n/);
  assert.match(await driver.command('UID THREAD ORDEREDSUBJECT US-ASCII 1:3'), /^\* THREAD \(1 \(2\)\(3\)\)\r\n/);
  assert.match(await driver.command('THREAD REFERENCES UTF-8 SUBJECT none'), /^\* THREAD\r\n/);
  assert.match(await driver.command('THREAD REFS UTF-8 ALL'), /BAD/);
  await driver.end();
});

test('threads with parents that are missing, or deeper than any stack (IMAP-THREAD-2)', async () => {
  const { formatThreads } = await import('../write/thread.ts');
  type Node = Parameters<typeof formatThreads>[0][number];
  const node = (uid: number | null, ...children: Node[]): Node => ({ uid, children });
  const text = (...threads: Node[]): string => formatThreads(threads, (uid) => (uid < 100 ? uid : 0));
  assert.equal(text(node(null, node(3), node(5))), '((3)(5))');
  assert.equal(text(node(null, node(3))), '(3)');
  assert.equal(text(node(3, node(6, node(4, node(23)), node(44, node(7), node(96))))), '(3 6 (4 23)(44 (7)(96)))');
  // what the client does not know is passed over
  assert.equal(text(node(100)), '');
  assert.equal(text(node(1, node(100, node(2), node(3)))), '(1 (2)(3))');
  assert.equal(text(node(null, node(100), node(2))), '(2)');
  assert.equal(text(node(1, node(100), node(101))), '(1)');
  let deep = node(1);
  for (let i = 0; i < 200_000; i++) deep = node(1, deep);
  assert.equal(text(deep).length, 400_003);
});
