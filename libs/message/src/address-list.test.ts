import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mailboxesOf, parseAddressList } from './index.ts';

/** Short form: `name|route|local|domain`; groups as `name:[…]`. */
const short = (text: string): string[] =>
  parseAddressList(text).map((item) =>
    item.kind === 'group'
      ? `${item.name}:[${item.members.map((m) => `${m.localPart}@${m.domain}`).join()}]`
      : [item.name ?? '', item.route ?? '', item.localPart, item.domain].join('|'),
  );

const CASES: [string, string, string[]][] = [
  ['ADR-01', 'a@b.example', ['||a|b.example']],
  ['ADR-01', 'Joe Q. Public <john.q.public@example.com>', ['Joe Q. Public||john.q.public|example.com']],
  ['ADR-01', '"Joe, \\"Q\\"" <j@x>, Who? <one@y.test>', ['Joe, "Q"||j|x', 'Who?||one|y.test']],
  ['ADR-02', '"a b"@x, "a@b"@[192.0.2.1]', ['||a b|x', '||a@b|[192.0.2.1]']],
  [
    'ADR-03',
    'A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;',
    ['A Group:[c@a.test,joe@where.test,jdoe@one.test]'],
  ],
  ['ADR-03', 'Undisclosed recipients:;, z@y', ['Undisclosed recipients:[]', '||z|y']],
  ['ADR-04', 'Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', ['Pete||pete|silly.test']],
  ['ADR-04', 'bob@x (Bob (Rob) Smith)', ['Bob (Rob) Smith||bob|x']],
  [
    'ADR-05',
    'Mary <@node.test,@b.test:mary@example.net>, , jdoe@test  . example',
    ['Mary|@node.test,@b.test|mary|example.net', '||jdoe|test.example'],
  ],
  ['ADR-06', 'Jürgen <j@münchen.example>', ['Jürgen||j|münchen.example']],
  ['ADR-06', '=?utf-8?q?a,_(b)_<c>?= <d@e>', ['=?utf-8?q?a,_(b)_<c>?=||d|e']],
  ['ADR-07', 'root, "x" <y', ['||root|', 'x||y|']],
  ['ADR-07', '<>, ,;:', [':[]']],
];

for (const [id, text, expected] of CASES) test(`${id} ${text}`, () => assert.deepEqual(short(text), expected));

test('ADR-08 bounded: at most max mailboxes, any text, linear', () => {
  assert.equal(mailboxesOf(parseAddressList('a@b,'.repeat(5000), 10)).length, 10);
  for (const hostile of ['(', '<', '@:', '"', '\\', 'a ', '=?', ':;', '<@'].map((piece) => piece.repeat(50_000))) {
    // µs of this thread alone: what else the machine does is not counted.
    const began = process.threadCpuUsage();
    parseAddressList(hostile);
    assert.ok(process.threadCpuUsage(began).user < 1_000_000, hostile.slice(0, 4));
  }
  fc.assert(fc.property(fc.string(), (text) => void parseAddressList(text)));
  const specials = fc.array(
    fc.constantFrom('<', '>', '"', '(', ')', '@', ':', ';', ',', ' ', 'a', '\\', '[', ']', '.'),
  );
  fc.assert(fc.property(specials, (characters) => void parseAddressList(characters.join(''))));
});
