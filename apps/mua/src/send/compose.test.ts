import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import PostalMime from 'postal-mime';
import type { DraftFields } from '../api-types.ts';
import { compose, withBcc } from './compose.ts';
import { isAddress, parseRecipients, recipientsOf } from './recipients.ts';
import { submissionError } from './submit.ts';

const fields: DraftFields = {
  to: 'Ann Bö <ann@x.test>, bob@y.test',
  cc: '',
  bcc: 'eve@z.test',
  subject: 'Grüße\r\nBcc: victim@x.test',
  text: 'Hällo\n.\nFrom here',
  fromName: '',
  inReplyTo: '<1@x.test>',
  references: ['<0@x.test>', 'not one', '<1@x.test>'],
  uploads: [],
  draftUid: null,
};

suite('composing', () => {
  test('what is written is what is read, and fields cannot make others', async () => {
    const upload = { id: '', name: 'ü.bin', type: 'application/x-a', size: 3, content: Buffer.from([0, 255, 10]) };
    const { content, messageId } = await compose('me@x.test', fields, [upload]);
    const parsed = await PostalMime.parse(content);
    assert.equal(parsed.from?.address, 'me@x.test');
    assert.deepEqual(
      parsed.to?.map(({ name, address }) => [name, address]),
      [
        ['Ann Bö', 'ann@x.test'],
        ['', 'bob@y.test'],
      ],
    );
    assert.equal(parsed.subject, 'Grüße Bcc: victim@x.test');
    assert.equal(parsed.bcc, undefined);
    assert.equal(parsed.messageId, messageId);
    assert.equal(parsed.inReplyTo, '<1@x.test>');
    assert.equal(parsed.references, '<0@x.test> <1@x.test>');
    assert.equal(parsed.text?.trimEnd().replaceAll('\r\n', '\n'), fields.text);
    assert.deepEqual(
      parsed.attachments.map(({ filename, content: octets }) => [filename, Buffer.from(octets as ArrayBuffer)]),
      [['ü.bin', upload.content]],
    );
    assert.doesNotMatch(content.toString('latin1'), /[^\r]\n|\r[^\n]/);
  });

  test('the kept copy names the secret recipients', async () => {
    const { content } = await compose('me@x.test', fields, []);
    const parsed = await PostalMime.parse(withBcc(content, fields.bcc));
    assert.deepEqual(
      parsed.bcc?.map(({ address }) => address),
      ['eve@z.test'],
    );
    assert.equal(withBcc(content, ''), content);
  });
});

suite('recipients', () => {
  test('as people type them', () => {
    const addresses = (text: string) => parseRecipients(text).map(({ address }) => address);
    assert.deepEqual(addresses('a@x.test; "B, b" <b@x.test>\nc@x.test'), ['a@x.test', 'b@x.test', 'c@x.test']);
    assert.deepEqual(addresses(' ,; '), []);
  });

  test('slips are told', () => {
    assert.throws(() => recipientsOf({ to: '', cc: ' ', bcc: '' }), { code: 'NO_RECIPIENT' });
    assert.throws(() => recipientsOf({ to: 'ann', cc: '', bcc: '' }), { code: 'BAD_ADDRESS', message: /ann/ });
    for (const good of ['a@x.test', 'ä@ö.test', '"a b"@x.test', 'a@[127.0.0.1]', 'a@localhost'])
      assert.ok(isAddress(good), good);
    for (const bad of ['a', 'a@', '@x', 'a@x..y', 'a b@x.test', 'a@b@c']) assert.ok(!isAddress(bad), bad);
  });
});

suite('failures of submission', () => {
  test('a refusal carries the words of the server', () => {
    const error = submissionError({
      code: 'EENVELOPE',
      rejectedErrors: [{ recipient: 'x@y.test', responseCode: 550, response: '550 5.1.1 no such user' }],
    });
    assert.equal(error.status, 422);
    assert.match(error.message, /x@y\.test: 550 5\.1\.1 no such user/);
  });

  test('what may pass is told as such', () => {
    assert.equal(submissionError({ responseCode: 452, response: '452 4.3.1 full' }).code, 'TRY_LATER');
    assert.equal(submissionError({ code: 'ECONNECTION' }).code, 'UNREACHABLE');
    assert.equal(submissionError({ code: 'EAUTH', responseCode: 535, response: '535 no' }).code, 'SIGNED_OUT');
  });
});
