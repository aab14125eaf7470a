import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MessageView } from '../../../src/api-types.ts';
import { formatPerson, replyStart } from './reply.ts';

const person = (address: string, name = '') => ({ name, address });
const message: MessageView = {
  uid: 7,
  folder: 'INBOX',
  from: [person('bob@x.test', 'Bob')],
  to: [person('me@x.test'), person('cid@x.test')],
  cc: [person('dan@x.test'), person('Bob@X.test')],
  bcc: [],
  replyTo: [],
  subject: 'Tea',
  date: '2026-01-01T00:00:00.000Z',
  unread: false,
  flagged: false,
  answered: false,
  attachments: true,
  size: 1,
  messageId: '<2@x.test>',
  references: ['<1@x.test>'],
  text: '',
  html: null,
  truncated: false,
  files: [{ part: '2', name: 'a.pdf', type: 'application/pdf', size: 1, cid: null, inline: false }],
};
const start = (kind: 'reply' | 'all' | 'forward', change: Partial<MessageView> = {}) =>
  replyStart({ ...message, ...change }, kind, 'me@x.test', 'one\n> two', 'today');

suite('answers', () => {
  test('go to the sender with quote and references', () => {
    const reply = start('reply');
    assert.equal(reply.to, 'Bob <bob@x.test>');
    assert.equal(reply.cc, '');
    assert.equal(reply.subject, 'Re: Tea');
    assert.equal(reply.text, '\n\nOn today, Bob wrote:\n> one\n>> two');
    assert.deepEqual(reply.references, ['<1@x.test>', '<2@x.test>']);
    assert.deepEqual(reply.answers, { folder: 'INBOX', uid: 7 });
  });

  test('to all leave out ourselves and nobody else, and name nobody twice', () => {
    assert.equal(start('all').cc, 'cid@x.test, dan@x.test');
  });

  test('follow Reply-To, and our own messages go to their recipients again', () => {
    assert.equal(start('reply', { replyTo: [person('list@x.test')] }).to, 'list@x.test');
    assert.equal(start('reply', { from: [person('ME@x.test')], to: [person('cid@x.test')] }).to, 'cid@x.test');
  });

  test('keep a prefix that is there', () => assert.equal(start('reply', { subject: 'RE: Tea' }).subject, 'RE: Tea'));

  test('forwarding takes the files along', () => {
    const forward = start('forward');
    assert.equal(forward.subject, 'Fwd: Tea');
    assert.equal(forward.to, undefined);
    assert.equal(forward.reuse?.length, 1);
  });

  test('names with marks are quoted', () => {
    assert.equal(formatPerson(person('a@x.test', 'Doe, Jane "J"')), '"Doe, Jane J" <a@x.test>');
  });
});
