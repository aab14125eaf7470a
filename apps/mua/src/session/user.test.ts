import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SendResult } from '../api-types.ts';
import { Account } from '../imap/account.ts';
import { UploadBudget, Uploads } from './uploads.ts';
import { User } from './user.ts';

const user = () => {
  const servers = {
    imap: { host: '127.0.0.1', port: 1 },
    smtp: { host: '127.0.0.1', port: 1 },
    tls: { minVersion: 'TLSv1.2' as const },
  };
  return new User(new Account(servers, { address: 'a@x.test', password: 'p' }), new Uploads(new UploadBudget(1_000)));
};
const result: SendResult = { messageId: '<1@x.test>', refused: [], savedToSent: true };

suite('user', () => {
  test('a message is sent once however often it is asked for', async () => {
    let sent = 0;
    const ann = user();
    const work = async () => {
      sent += 1;
      return result;
    };
    await Promise.all([ann.sendOnce('k', work), ann.sendOnce('k', work)]);
    await ann.sendOnce('k', work);
    assert.equal(sent, 1);
    await ann.sendOnce('other', work);
    assert.equal(sent, 2);
  });

  test('a failure may be tried again', async () => {
    const ann = user();
    await assert.rejects(
      ann.sendOnce('k', () => Promise.reject(new Error('not now'))),
      /not now/,
    );
    assert.equal(await ann.sendOnce('k', () => Promise.resolve(result)), result);
  });

  test('its streams end with it', () => {
    const ann = user();
    let ended = 0;
    ann.onClose(() => (ended += 1));
    ann.onClose(() => (ended += 1))();
    ann.close();
    assert.equal(ended, 1);
  });
});
