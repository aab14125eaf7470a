import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { SessionDriver } from '../testing/session-driver.ts';

const mail = (subject: string, date = 'Mon, 1 Jan 2024 23:30:00 -0500'): Buffer =>
  Buffer.from(
    `From: Ann <ann@x.test>\r\nTo: bob@x.test\r\nSubject: ${subject}\r\nDate: ${date}\r\n\r\nbody of ${subject}\r\n`,
  );

function threeMessages(): MemoryBackend {
  const backend = new MemoryBackend();
  backend.deliver('INBOX', mail('one'), ['\\Seen'], Date.UTC(2024, 0, 2, 12));
  backend.deliver('INBOX', mail('two'), ['$Work'], Date.UTC(2024, 0, 3, 12));
  backend.deliver('INBOX', mail('three', 'Tue, 2 Jan 2024 01:00:00 +0000'), ['\\Flagged'], Date.UTC(2024, 0, 4));
  return backend;
}

test('SELECT and EXAMINE tell all a client needs (IMAP-SELECT-1)', async () => {
  const driver = await SessionDriver.selected({ backend: threeMessages() });
  const selected = await driver.command('SELECT inbox (CONDSTORE)');
  for (const part of [
    '3 EXISTS',
    '0 RECENT',
    'FLAGS (',
    '$Work',
    '[UNSEEN 2]',
    '[UIDVALIDITY 1]',
    '[UIDNEXT 4]',
    '[HIGHESTMODSEQ 4]',
    '[READ-WRITE]',
    '\\*)]',
  ])
    assert.ok(selected.includes(part), part);
  const examined = await driver.command('EXAMINE INBOX');
  assert.match(examined, /\[PERMANENTFLAGS \(\)\][^]*OK \[READ-ONLY\]/);
  for (const command of ['STORE 1 FLAGS ()', 'EXPUNGE', 'MOVE 1 Sent', 'UID EXPUNGE 1'])
    assert.match(await driver.command(command), /NO \[READ-ONLY\]/, command);
  assert.doesNotMatch(await driver.command('FETCH 2 BODY[]'), /\\Seen/);
  await driver.end();
});

test('SEARCH by set, flag, date, size and text, with OR, NOT and nesting (IMAP-SEARCH-1)', async () => {
  const driver = await SessionDriver.selected({ backend: threeMessages() });
  const search = async (key: string): Promise<string> =>
    /\* SEARCH([^\r]*)/.exec(await driver.command(`SEARCH ${key}`))?.[1] ?? 'none';
  const cases: readonly [string, string][] = [
    ['ALL', ' 1 2 3'],
    ['2:*', ' 2 3'],
    ['UID 1,3', ' 1 3'],
    ['UNSEEN', ' 2 3'],
    ['KEYWORD $work', ' 2'],
    ['UNKEYWORD $WORK FLAGGED', ' 3'],
    ['OR SEEN FLAGGED', ' 1 3'],
    ['NOT (OR SEEN FLAGGED)', ' 2'],
    ['ON 3-Jan-2024', ' 2'],
    ['SINCE 3-Jan-2024', ' 2 3'],
    ['BEFORE 4-Jan-2024', ' 1 2'],
    ['SENTON 1-Jan-2024', ' 1 2'],
    ['SENTSINCE 2-Jan-2024', ' 3'],
    ['SUBJECT TWO', ' 2'],
    ['FROM ann TEXT three', ' 3'],
    ['BODY {3}', ''],
    ['HEADER X-None ""', ''],
    ['SMALLER 10', ''],
    ['LARGER 10 NEW', ' 2 3'],
    ['RECENT', ' 1 2 3'],
    ['OLD', ''],
  ];
  for (const [key, expected] of cases) {
    if (key.endsWith('{3}')) assert.equal(await search('BODY {3+}\r\ntwo'), ' 2');
    else assert.equal(await search(key), expected, key);
  }
  assert.match(await driver.command('SEARCH CHARSET X-NONE ALL'), /NO \[BADCHARSET \(US-ASCII UTF-8 /);
  assert.match(await driver.command('SEARCH CHARSET utf-8 ALL'), /\* SEARCH 1 2 3/);
  assert.match(await driver.command('SEARCH'), /BAD/);
  await driver.end();
});

test('ESEARCH and MODSEQ in SEARCH (IMAP-SEARCH-3)', async () => {
  const driver = await SessionDriver.selected({ backend: threeMessages() });
  assert.match(
    await driver.command('SEARCH RETURN (MIN MAX COUNT ALL) ALL'),
    /\* ESEARCH \(TAG "c3"\) MIN 1 MAX 3 ALL 1:3 COUNT 3\r\n/,
  );
  assert.match(await driver.command('UID SEARCH RETURN () UNSEEN'), /\* ESEARCH \(TAG "c4"\) UID ALL 2:3\r\n/);
  assert.match(await driver.command('SEARCH RETURN (MIN COUNT) DRAFT'), /\* ESEARCH \(TAG "c5"\) COUNT 0\r\n/);
  assert.match(await driver.command('SEARCH MODSEQ 3'), /HIGHESTMODSEQ[^]*\* SEARCH 2 3 \(MODSEQ 4\)/);
  assert.match(await driver.command('SEARCH RETURN (ALL) MODSEQ "/flags/\\\\Seen" all 4'), /ALL 3 MODSEQ 4\r\n/);
  assert.match(await driver.command('SEARCH RETURN (MIN) MODSEQ 1'), /MIN 1 MODSEQ 2\r\n/);
  assert.match(await driver.command('SEARCH RETURN (MIN MAX) MODSEQ 1'), /MIN 1 MAX 3 MODSEQ 4\r\n/);
  assert.match(await driver.command('SEARCH RETURN (PARTIAL 1:2) MODSEQ 1'), /PARTIAL \(1:2 1:2\) MODSEQ 3\r\n/);
  await driver.end();
});

test('CONDSTORE: UNCHANGEDSINCE, CHANGEDSINCE, MODSEQ in answers (IMAP-CONDSTORE-1)', async () => {
  const driver = await SessionDriver.selected({ backend: threeMessages() });
  assert.match(await driver.command('ENABLE CONDSTORE X-FOO'), /\* ENABLED CONDSTORE\r\n/);
  assert.match(await driver.command('STORE 3 +FLAGS.SILENT (\\Seen)'), /\* 3 FETCH \(UID 3 MODSEQ \(5\)\)/);
  const refused = await driver.command('STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS (\\Draft)');
  assert.match(refused, /\* 1 FETCH \(UID 1 FLAGS \(\\Seen \\Draft \\Recent\) MODSEQ \(6\)\)[^]*OK \[MODIFIED 3\]/);
  assert.match(
    await driver.command('FETCH 1:* (FLAGS) (CHANGEDSINCE 5)'),
    /^\* 1 FETCH[^]*MODSEQ \(6\)[^]*^\* 2 FETCH/m,
  );
  assert.doesNotMatch(await driver.command('FETCH 1:* (FLAGS) (CHANGEDSINCE 6)'), /FETCH \(/);
  driver.backend.deliver('INBOX', mail('four'));
  assert.match(await driver.command('NOOP'), /^\* 4 EXISTS\r\n\* 4 RECENT\r\n\S+ OK/);
  assert.match(await driver.command('FETCH 4 (FLAGS)'), /\* 4 FETCH \(FLAGS \(\\Recent\)\)/);
  assert.match(
    await driver.command('STATUS INBOX (HIGHESTMODSEQ MESSAGES UNSEEN UIDNEXT UIDVALIDITY RECENT APPENDLIMIT)'),
    /HIGHESTMODSEQ 7 MESSAGES 4/,
  );
  await driver.end();
});

test('LIST, LSUB, LIST-EXTENDED, LIST-STATUS, special use (IMAP-LIST-2)', async () => {
  const driver = await SessionDriver.selected();
  await driver.command('CREATE "a/b/&AOQ-"');
  await driver.command('SUBSCRIBE "a/b/&AOQ-"');
  const list = (text: string): Promise<string> => driver.command(`LIST ${text}`);
  assert.match(await list('"" ""'), /\* LIST \(\\Noselect\) "\/" ""/);
  const top = await list('"" %');
  assert.match(top, /\* LIST \(\\HasNoChildren\) "\/" "INBOX"/);
  assert.match(top, /\* LIST \(\\NonExistent \\Noselect \\HasChildren\) "\/" "a"/);
  assert.match(top, /\* LIST \(\\HasNoChildren \\Sent\) "\/" "Sent"/);
  assert.match(await list('a/ %/*'), /"a\/b\/&AOQ-"/);
  assert.match(
    await list('(SUBSCRIBED) "" *'),
    /\* LIST \(\\Subscribed \\HasNoChildren\) "\/" "a\/b\/&AOQ-"\r\nc\d+ OK/,
  );
  assert.match(await list('(SUBSCRIBED RECURSIVEMATCH) "" %'), /"a" \("CHILDINFO" \("SUBSCRIBED"\)\)/);
  assert.match(await list('(SPECIAL-USE) "" *'), /^\* LIST \(\\HasNoChildren \\Sent\) "\/" "Sent"\r\nc\d+ OK/m);
  assert.match(
    await list('"" (INBOX Sent) RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES))'),
    /\* STATUS "INBOX" \(MESSAGES 0\)[^]*\* STATUS "Sent"/,
  );
  assert.match(await list('(RECURSIVEMATCH) "" *'), /BAD/);
  assert.match(await driver.command('LSUB "" %'), /\* LSUB \(\\Noselect\) "\/" "a"\r\n/);
  assert.match(await driver.command('LSUB "" *'), /\* LSUB \(\) "\/" "a\/b\/&AOQ-"\r\n/);
  assert.match(await driver.command('NAMESPACE'), /\* NAMESPACE \(\("" "\/"\)\) NIL NIL/);
  await driver.end();
});

test('COPY, MOVE, EXPUNGE, CLOSE and UNSELECT (IMAP-UIDPLUS-1, IMAP-MOVE-1)', async () => {
  const driver = await SessionDriver.selected({ backend: threeMessages() });
  assert.match(await driver.command('COPY 1,3 Sent'), /OK \[COPYUID 2 1,3 1:2\]/);
  assert.match(await driver.command('UID COPY 1 nowhere'), /NO \[TRYCREATE\]/);
  assert.match(await driver.command('UID MOVE 2 Sent'), /\* OK \[COPYUID 2 2 3\][^]*\* 2 EXPUNGE/);
  await driver.command('STORE 1:2 +FLAGS.SILENT \\Deleted');
  assert.match(await driver.command('UID EXPUNGE 3'), /\* 2 EXPUNGE\r\nc\d+ OK/);
  assert.doesNotMatch(await driver.command('CLOSE'), /EXPUNGE/);
  assert.equal(driver.backend.boxes.get('INBOX')?.rows.length, 0);
  await driver.command('SELECT Sent');
  await driver.command('STORE 1 +FLAGS \\Deleted');
  assert.match(await driver.command('UNSELECT'), /OK/);
  assert.equal(driver.backend.boxes.get('Sent')?.rows.length, 3);
  await driver.end();
});

test('FETCH sets \\Seen unless told to peek, and tells it (IMAP-FETCH-2)', async () => {
  const driver = await SessionDriver.selected({ backend: threeMessages() });
  assert.doesNotMatch(await driver.command('FETCH 2 (BODY.PEEK[TEXT] RFC822.HEADER)'), /FLAGS/);
  assert.match(
    await driver.command('FETCH 2 BODY[TEXT]'),
    /FLAGS \(\$Work \\Seen \\Recent\) BODY\[TEXT\] \{13\}\r\nbody of two\r\n\)/,
  );
  assert.doesNotMatch(await driver.command('NOOP'), /FETCH/);
  const fetched = await driver.command('UID FETCH 3 (ENVELOPE RFC822.SIZE INTERNALDATE)');
  assert.match(fetched, /UID 3 ENVELOPE \("Tue, 2 Jan 2024 01:00:00 \+0000" "three" \(\("Ann" NIL "ann" "x.test"\)\)/);
  assert.match(fetched, /INTERNALDATE " 4-Jan-2024 00:00:00 \+0000"/);
  await driver.end();
});

test('APPEND takes flags, date and literal; refused ones do not break the stream (IMAP-APPEND-1)', async () => {
  const driver = await SessionDriver.selected({ limits: { append: 100 } });
  driver.send('a APPEND {5+}\r\nINBOX (\\Seen $K) "01-Feb-2024 00:00:00 +0000" {11}\r\n');
  await driver.until(/^\+ /m);
  driver.send('Subject: x\n\r\n');
  await driver.until(/^\* 1 EXISTS[^]*^a OK \[APPENDUID 1 1\]/m);
  assert.deepEqual(driver.backend.boxes.get('INBOX')?.rows[0]?.flags, ['\\Seen', '$K']);
  driver.send(`b APPEND INBOX {101+}\r\n${'x'.repeat(101)}\r\nc NOOP\r\n`);
  await driver.until(/^b NO \[TOOBIG\][^]*^c OK/m);
  driver.send('d APPEND nowhere {5}\r\ne NOOP\r\n');
  await driver.until(/^d NO \[TRYCREATE\][^]*^e OK/m);
  assert.match(await driver.command('APPEND INBOX'), /BAD/);
  assert.match(await driver.command('APPEND INBOX (\\Nonsense) {1+}\r\nx'), /BAD/);
  assert.match(await driver.command('NOOP'), /OK/);
  assert.deepEqual(driver.errors, []);
  await driver.end();
});

test('IDLE tells changes at a hint and ends with DONE (IMAP-IDLE-1)', async () => {
  const driver = await SessionDriver.selected();
  driver.send('i IDLE\r\n');
  await driver.until(/^\+ /m);
  driver.backend.deliver('INBOX', mail('new'));
  await driver.until(/^\* 1 EXISTS/m);
  driver.send('DO');
  await new Promise((resolve) => setTimeout(resolve, 5));
  driver.send('NE\r\nn NOOP\r\n');
  await driver.until(/^i OK[^]*^n OK/m);
  driver.send('j IDLE\r\nnonsense\r\n');
  await driver.until(/^j BAD/m);
  await driver.end();
});

test('IDLE without hints looks at the store from time to time (IMAP-IDLE-2)', async () => {
  const backend = new MemoryBackend();
  backend.watch = () => () => undefined;
  const driver = await SessionDriver.selected({ backend, limits: { pollInterval: 10 } });
  driver.send('i IDLE\r\n');
  await driver.until(/^\+ /m);
  backend.deliver('INBOX', mail('unhinted'));
  await driver.until(/^\* 1 EXISTS/m);
  await driver.end();
});
