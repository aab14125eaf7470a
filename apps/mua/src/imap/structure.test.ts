import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MessageStructureObject } from 'imapflow';
import { messageIds } from './message.ts';
import { partsOf } from './structure.ts';

const leaf = (part: string, type: string, more: Partial<MessageStructureObject> = {}): MessageStructureObject => ({
  part,
  type,
  size: 78,
  ...more,
});
const multipart = (subtype: string, ...childNodes: MessageStructureObject[]): MessageStructureObject => ({
  type: `multipart/${subtype}`,
  childNodes,
});

suite('parts of a message', () => {
  test('a message of one part', () => {
    assert.deepEqual(partsOf({ type: 'text/plain' }), { text: '1', html: null, files: [] });
  });

  test('alternatives, a picture inside, a file beside', () => {
    const picture = leaf('1.2.2', 'image/png', { id: '<logo@x>', encoding: 'base64', disposition: 'inline' });
    const file = leaf('2', 'application/pdf', {
      disposition: 'attachment',
      dispositionParameters: { filename: '../a.pdf' },
      encoding: 'base64',
      size: 7_800,
    });
    const structure = multipart(
      'mixed',
      multipart('alternative', leaf('1.1', 'text/plain'), multipart('related', leaf('1.2.1', 'text/html'), picture)),
      file,
    );
    const { text, html, files } = partsOf(structure);
    assert.equal(text, '1.1');
    assert.equal(html, '1.2.1');
    assert.deepEqual(files, [
      { part: '1.2.2', name: 'attachment', type: 'image/png', size: 57, cid: 'logo@x', inline: true },
      { part: '2', name: '.._a.pdf', type: 'application/pdf', size: 5_700, cid: null, inline: false },
    ]);
  });

  test('a text that is attached is a file; so is an enclosed message, which is not looked into', () => {
    const enclosed = leaf('3', 'message/rfc822', { childNodes: [leaf('3.1', 'text/html')] });
    const { text, html, files } = partsOf(
      multipart('mixed', leaf('1', 'text/plain', { disposition: 'attachment' }), leaf('2', 'TEXT/PLAIN'), enclosed),
    );
    assert.deepEqual([text, html, files.map(({ name }) => name)], ['2', null, ['text.txt', 'message.eml']]);
  });

  test('ten thousand levels and ten thousand parts end', () => {
    let deep: MessageStructureObject = leaf('1', 'text/plain');
    for (let i = 0; i < 10_000; i += 1) deep = multipart('mixed', deep);
    assert.deepEqual(partsOf(deep).files, []);
    assert.ok(
      partsOf(multipart('mixed', ...Array.from({ length: 10_000 }, (_, i) => leaf(String(i), 'x/y')))).files.length <=
        500,
    );
  });

  test('references, folded and with noise', () => {
    assert.deepEqual(messageIds('References: <a@x>\r\n\t<b@y> junk <c d@z>\r\n'), ['<a@x>', '<b@y>']);
  });
});
