import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailStore, SearchField, StoreSearchKey } from '../types.ts';
import { code, drop, fetchAll, inbox, item, lines, newAccount, type Subject, text } from './helpers.ts';

const DAY = 86_400_000;
const CODED = Buffer.from(
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Long: one\r\n two\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n' +
    'Content-Transfer-Encoding: quoted-printable\r\n\r\nSch=F6ne F=\r\nerien\r\n',
);
const HTML = lines(
  ['Subject : <b>page</b>', 'Content-Type: multipart/mixed; boundary=b'],
  '--b\r\nContent-Type: text/html\r\nContent-Disposition: inline; filename="rechnung.html"\r\n\r\n<p>Einz<b>ahl</b>ung&nbsp;&euro;</p><script>hidden()</script>\r\n' +
    '--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nwithin\r\n--b--',
);
const WIDE = lines(['Subject: 会議の資料'], '東京で Σίσυφος ﬁne 😀x');

type Find = (key: StoreSearchKey) => Promise<number[]>;
const finder =
  (store: MailStore, account: string, mailbox: number): Find =>
  async (key) => [...(await store.search(account, mailbox, key)).uids];
const field = (name: SearchField, needle: string): StoreSearchKey => ({ op: 'text', field: name, text: needle });

export function searchTests(subject: Subject): void {
  textTests(subject);
  backlogTests(subject);
  stateTests(subject);
  logicTests(subject);
}

async function textCases(find: Find): Promise<void> {
  const expected: [SearchField, string, number[]][] = [
    ['body', 'hello w', [1]],
    ['body', 'SCHÖNE FERIEN', [2]],
    ['body', 'SCHO\u0308NE', [2]],
    ['body', 'plain', []],
    ['body', 'ch=F6', []],
    ['text', 'subject: plain', [1]],
    ['text', 'ferien', [2]],
    [{ header: 'Subject' }, 'grüße', [2]],
    [{ header: 'subject' }, 'subject', []],
    [{ header: 'x-long' }, 'one two', [2]],
    [{ header: 'Return-Path' }, '', [1, 2, 3, 4]],
    [{ header: 'X-None' }, '', []],
    [{ header: 'from' }, 'A@EXAMPLE', [1]],
    [{ header: 'to' }, 'a@example', []],
    [{ header: 'subject' }, '<b>', [3]],
    ['body', 'einzahlung €', [3]],
    ['body', '<p>', []],
    ['body', 'hidden', []],
    // RFC 9051 §6.4.4: MIME header fields belong to TEXT, not to BODY, and to no named field
    ['body', 'rechnung.html', []],
    ['text', 'rechnung.html', [3]],
    ['body', 'subject: inner', []],
    ['text', 'subject: inner', [3]],
    [{ header: 'subject' }, 'inner', []],
    [{ header: 'content-disposition' }, '', []],
    ['body', 'within', [3]],
    ['body', 'innerwithin', []],
    [{ header: 'subject' }, '会議', [4]],
    [{ header: 'subject' }, '議', [4]],
    ['body', '東京', [4]],
    ['text', '京', [4]],
    ['body', 'ΣΊΣΥΦΟΣ', [4]],
    ['body', 'fine', [4]],
    ['body', '😀', [4]],
    ['body', '😀x', [4]],
    ['body', 'x\r\n', [4]],
    ['body', 'o', [1, 2]],
    ['body', '"', []],
    ['text', '"', [3]],
    ['text', '*', []],
    ['text', 'zq', []],
    ['body', '', [1, 2, 3, 4]],
    ['text', 'hello world'.repeat(30), []],
  ];
  for (const [where, needle, uids] of expected)
    assert.deepEqual(await find(field(where, needle)), uids, `${JSON.stringify(where)} ${needle}`);
}

function textTests({ store, reopen }: Subject): void {
  test('text: substrings of what is decoded, without regard to case, indexed or not', async () => {
    const account = newAccount();
    const contents = [text('plain', 'Hello World\r\n'), CODED, HTML, WIDE];
    await store().deliver(contents.map((content) => item(account, content)));
    const { id } = await inbox(store(), account);
    await textCases(finder(store(), account, id));
    await store().indexed();
    assert.equal(await store().indexBacklog(), 0);
    await textCases(finder(store(), account, id));
    await reopen();
    await textCases(finder(store(), account, id));
  });

  test('a large message, and a very long one, are searched whole', async () => {
    const account = newAccount();
    const filler = 'lorem ipsum dolor\r\n'.repeat(20_000);
    const long = 'abcdefghij '.repeat(400_000);
    await store().deliver([
      item(account, text('large', `${filler}needle one\r\n`)),
      item(account, text('long', `${long}needle two\r\n`)),
      item(account, text('small', 'needle three\r\n')),
    ]);
    const { id } = await inbox(store(), account);
    const find = finder(store(), account, id);
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(await find(field('body', 'NEEDLE')), [1, 2, 3]);
      assert.deepEqual(await find(field('text', 'needle two')), [2]);
      assert.deepEqual(await find(field('body', 'lorem ipsum dolor\r\nneedle')), [1]);
      await store().indexed();
    }
  });
}

function backlogTests({ store }: Subject): void {
  test('copies, new messages and expunged ones: the answer is that of the mailbox now', async () => {
    const [account, other] = [newAccount(), newAccount()];
    const word = (n: number): Buffer => text(`m${String(n)}`, `unusual ${String(n)}\r\n`);
    await store().deliver([item(other, word(0)), ...[1, 2, 3].map((n) => item(account, word(n)))]);
    const { id } = await inbox(store(), account);
    const find = finder(store(), account, id);
    assert.deepEqual(await find(field('body', 'unusual')), [1, 2, 3]);
    await store().indexed();
    await store().copy(account, id, [2], 'INBOX');
    assert.deepEqual(await find(field('body', 'unusual 2')), [2, 4]);
    await drop(store(), account, id, [1, 2]);
    await store().deliver([item(account, word(5))]);
    assert.deepEqual(await find(field('body', 'unusual')), [3, 4, 5]);
    assert.deepEqual(await find(field('body', 'un')), [3, 4, 5]);
    await store().purgeExpunged(Date.now() + 1);
    await store().collectGarbage();
    await store().indexed();
    assert.deepEqual(await find(field('body', 'unusual')), [3, 4, 5]);
    assert.deepEqual(await find({ op: 'not', key: field('text', 'unusual 5') }), [3, 4]);
  });
}

function stateTests({ store }: Subject): void {
  test('flags, keywords, sizes, MODSEQ, ids, dates', async () => {
    const account = newAccount();
    const date = (value: string): Buffer => lines([`Date: ${value}`, 'Subject: x']);
    const start = Date.UTC(2024, 0, 10);
    const make = (content: Buffer, n: number, flags: string[]) =>
      item(account, content, { internalDate: start + n * DAY, flags, prefix: Buffer.alloc(0) });
    await store().deliver([
      make(date('Sat, 10 Feb 2024 23:30:00 -0800'), 0, ['\\Seen', '$Label1']),
      make(date('Sun, 11 Feb 2024 00:30:00 +0900'), 1, ['\\Flagged', 'other']),
      make(date('nonsense'), 2, ['\\Seen', '\\Deleted', '$label1', 'Other']),
      make(text('x', 'y'.repeat(500)), 3, []),
    ]);
    const { id, highestModseq } = await inbox(store(), account);
    const find = finder(store(), account, id);
    const flag = (name: string, on = true): StoreSearchKey => ({ op: 'flag', flag: name, on });
    assert.deepEqual(await find(flag('\\seen')), [1, 3]);
    assert.deepEqual(await find(flag('\\Seen', false)), [2, 4]);
    assert.deepEqual(await find(flag('$LABEL1')), [1, 3]);
    assert.deepEqual(await find(flag('OTHER', false)), [1, 4]);
    assert.deepEqual(await find(flag('$None')), []);
    const sent = (from?: number, to?: number): StoreSearchKey => ({
      op: 'time',
      of: 'sent',
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    });
    assert.deepEqual(await find(sent(Date.UTC(2024, 1, 10), Date.UTC(2024, 1, 11))), [1]);
    assert.deepEqual(await find(sent(Date.UTC(2024, 1, 11))), [2]);
    assert.deepEqual(await find(sent(0)), [1, 2]);
    assert.deepEqual(await find({ op: 'time', of: 'internal', from: start + DAY, to: start + 3 * DAY }), [2, 3]);
    assert.deepEqual(await find({ op: 'time', of: 'saved', from: Date.now() - 60_000 }), [1, 2, 3, 4]);
    assert.deepEqual(await find({ op: 'time', of: 'saved', to: Date.now() - 60_000 }), []);
    assert.deepEqual(await find({ op: 'size', is: 'larger', size: 400 }), [4]);
    const [first, second] = await fetchAll(store(), account, id, {});
    assert.deepEqual(await find({ op: 'size', is: 'larger', size: first?.size ?? 0 }), [4]);
    assert.deepEqual(await find({ op: 'size', is: 'smaller', size: first?.size ?? 0 }), [3]);
    assert.deepEqual(await find({ op: 'id', of: 'email', id: second?.emailId ?? '' }), [2]);
    assert.deepEqual(await find({ op: 'id', of: 'thread', id: first?.threadId ?? '' }), [1]);
    assert.deepEqual(await find({ op: 'id', of: 'thread', id: 'Tnever' }), []);
    const changed = await store().storeFlags(account, id, [2], { mode: 'add', flags: ['\\Seen'] });
    const modseq = changed.messages[0]?.modseq ?? 0;
    assert.deepEqual(await find({ op: 'modseq', modseq }), [2]);
    assert.deepEqual(await find({ op: 'modseq', modseq: modseq + 1 }), []);
    const result = await store().search(account, id, flag('\\Seen'));
    assert.deepEqual([[...result.uids], result.modseq], [[1, 2, 3], modseq]);
    const rest = await store().search(account, id, flag('\\Seen', false));
    assert.deepEqual([[...rest.uids], rest.modseq], [[4], highestModseq]);
    assert.equal((await store().search(account, id, flag('$None'))).modseq, 0);
  });
}

function logicTests({ store }: Subject): void {
  test('and, or, not, UIDs, and their limits', async () => {
    const account = newAccount();
    await store().deliver([1, 2, 3, 4, 5].map((n) => item(account, text(`s${String(n)}`))));
    const { id } = await inbox(store(), account);
    const find = finder(store(), account, id);
    const uids = (...ranges: [number, number][]): StoreSearchKey => ({
      op: 'uids',
      ranges: ranges.map(([first, last]) => ({ first, last })),
    });
    assert.deepEqual(await find({ op: 'all' }), [1, 2, 3, 4, 5]);
    assert.deepEqual(await find(uids([2, 3], [5, 4_294_967_295])), [2, 3, 5]);
    assert.deepEqual(await find(uids()), []);
    assert.deepEqual(await find({ op: 'and', keys: [uids([2, 4]), { op: 'not', key: uids([3, 3]) }] }), [2, 4]);
    assert.deepEqual(await find({ op: 'or', keys: [uids([1, 1]), field('text', 's5')] }), [1, 5]);
    assert.deepEqual(await find({ op: 'and', keys: [] }), [1, 2, 3, 4, 5]);
    assert.deepEqual(await find({ op: 'or', keys: [] }), []);
    assert.deepEqual(await find({ op: 'not', key: { op: 'all' } }), []);
    let deep: StoreSearchKey = { op: 'all' };
    for (let i = 0; i < 100; i++) deep = { op: 'not', key: deep };
    assert.equal((await find(deep)).length, 5);
    for (let i = 0; i < 1000; i++) deep = { op: 'not', key: deep };
    await assert.rejects(find(deep), code('INVALID'));
    const many: StoreSearchKey = { op: 'or', keys: Array.from({ length: 100_000 }, () => ({ op: 'all' })) };
    await assert.rejects(find(many), code('INVALID'));
    await assert.rejects(find(field('body', 'x'.repeat(100_000))), code('INVALID'));
    await assert.rejects(store().search(newAccount(), id, { op: 'all' }), code('NOT_FOUND'));
    await assert.rejects(store().sort(newAccount(), id, { op: 'all' }, []), code('NOT_FOUND'));
    await assert.rejects(store().thread(newAccount(), id, { op: 'all' }, 'references'), code('NOT_FOUND'));
  });
}
