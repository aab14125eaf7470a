import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fileName, mediaType, UPLOAD_LIMIT, UploadBudget, Uploads } from './uploads.ts';

suite('uploads', () => {
  test('are kept for their session up to the limit, and freed', () => {
    const budget = new UploadBudget(UPLOAD_LIMIT * 2);
    const uploads = new Uploads(budget);
    const { id } = uploads.add('a.txt', 'text/plain', Buffer.alloc(UPLOAD_LIMIT - 10));
    assert.equal(uploads.get([id])[0]?.content.length, UPLOAD_LIMIT - 10);
    assert.throws(() => uploads.add('b', '', Buffer.alloc(11)), { code: 'TOO_LARGE', status: 413 });
    uploads.clear();
    assert.throws(() => uploads.get([id]), { code: 'UPLOAD_GONE' });
    assert.equal(budget.take(UPLOAD_LIMIT * 2), true);
  });

  test('share one budget', () => {
    const budget = new UploadBudget(100);
    new Uploads(budget).add('a', '', Buffer.alloc(60));
    const other = new Uploads(budget);
    assert.throws(() => other.add('b', '', Buffer.alloc(60)), { code: 'BUSY', status: 503 });
    other.add('c', '', Buffer.alloc(40));
  });

  test('names lose paths, controls and direction marks', () => {
    assert.equal(fileName('../../etc/passwd'), '.._.._etc_passwd');
    assert.equal(fileName('a\r\nb\u202efdp.exe'), 'abfdp.exe');
    assert.equal(fileName(' \u0000 '), 'attachment');
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (name) => !/[\p{Cc}/\\]/u.test(fileName(name)) && fileName(name) !== '',
      ),
    );
  });

  test('media types are a pair of tokens or nothing special', () => {
    assert.equal(mediaType('Image/PNG'), 'image/png');
    assert.equal(mediaType('text/html\r\nX: y'), 'application/octet-stream');
  });
});
