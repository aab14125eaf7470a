import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { linkPieces, quoteRuns } from './quote.ts';

suite('text of a message', () => {
  test('runs of quoted lines by depth', () => {
    assert.deepEqual(quoteRuns('a\n> b\n> c\n>> d\n> > e\nf'), [
      { depth: 0, text: 'a' },
      { depth: 1, text: 'b\nc' },
      { depth: 2, text: 'd\ne' },
      { depth: 0, text: 'f' },
    ]);
  });

  test('addresses become links, without what ends the sentence', () => {
    assert.deepEqual(linkPieces('See https://x.test/a?b=1, or ask me@x.test.'), [
      { text: 'See ' },
      { text: 'https://x.test/a?b=1', href: 'https://x.test/a?b=1' },
      { text: ', or ask ' },
      { text: 'me@x.test', href: 'mailto:me@x.test' },
      { text: '.' },
    ]);
  });

  test('nothing of a text is lost, and no other scheme is linked', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const pieces = linkPieces(text);
        assert.equal(pieces.map((piece) => piece.text).join(''), text);
        for (const { href } of pieces) assert.ok(href === undefined || /^(?:https?:|mailto:)/.test(href));
      }),
    );
  });
});
