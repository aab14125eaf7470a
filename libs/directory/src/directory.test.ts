import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@postroad/bus';
import { connectBus, provision, TestBroker } from '@postroad/bus/testing';
import { splitAddress } from './keys.ts';
import { KvDirectory } from './reader.ts';
import { DirectoryConflict, DirectoryUnavailable } from './types.ts';
import { KvDirectoryWriter } from './writer.ts';

const at = (text: string) => splitAddress(text) ?? assert.fail(text);
const conflict = (code: string) => (error: unknown) => error instanceof DirectoryConflict && error.code === code;

for (const servers of [1, 3] as const) {
  describe(`directory on ${servers} server${servers === 1 ? '' : 's'}`, () => {
    let broker: TestBroker;
    let ops: Bus;
    let msa: Bus;
    let writer: KvDirectoryWriter;
    let directory: KvDirectory;
    before(async () => {
      broker = await TestBroker.start({ servers });
      ops = await provision(broker);
      msa = await connectBus(broker, 'msa');
      writer = new KvDirectoryWriter(ops);
      directory = await KvDirectory.open(msa, { verifiers: true });
      await writer.addDomain('postroad.test');
      await writer.addAccount({ address: 'Alice@Postroad.test', password: 'correct horse' });
      await writer.addAlias('sales@postroad.test', ['alice@postroad.test', 'bob@elsewhere.example']);
      await writer.addAlias('al@postroad.test', ['alice@postroad.test']);
    });
    after(async () => {
      directory.close();
      for (const each of [msa, ops]) await each.close();
      await broker.stop();
    });

    test('addresses resolve without regard to case, with a detail, and through roles', async () => {
      const kinds = async (text: string) => (await directory.resolve(at(text))).kind;
      assert.equal(await kinds('ALICE@postroad.test'), 'account');
      const detail = await directory.resolve(at('alice+News@postroad.test'));
      assert.ok(detail.kind === 'account' && detail.detail === 'News');
      assert.equal(await kinds('sales@postroad.test'), 'alias');
      assert.equal(await kinds('postmaster@postroad.test'), 'account');
      assert.equal(await kinds('Abuse@postroad.test'), 'account');
      assert.equal(await kinds('nobody@postroad.test'), 'unknown');
      assert.equal(await kinds('alice@elsewhere.example'), 'foreign');
    });

    test('a new account is seen although the name was asked for before', async () => {
      assert.equal((await directory.resolve(at('late@postroad.test'))).kind, 'unknown');
      await writer.addAccount({ address: 'late@postroad.test', password: 'long enough' });
      await sleep(300);
      assert.equal((await directory.resolve(at('late@postroad.test'))).kind, 'account');
      await writer.removeAccount('late@postroad.test');
      await sleep(300);
      assert.equal((await directory.resolve(at('late@postroad.test'))).kind, 'unknown');
      await writer.addAccount({ address: 'late@postroad.test', password: 'long enough' });
      await sleep(300);
      assert.equal((await directory.resolve(at('late@postroad.test'))).kind, 'account');
    });

    test('a password is checked, remembered, and forgotten when it changes', async () => {
      assert.equal(
        (await directory.authenticate('alice@postroad.test', 'correct horse'))?.address,
        'alice@postroad.test',
      );
      assert.equal(await directory.authenticate('alice@postroad.test', 'wrong horse'), null);
      assert.equal(await directory.authenticate('nobody@postroad.test', 'correct horse'), null);
      const before = performance.now();
      await directory.authenticate('alice@postroad.test', 'correct horse');
      assert.ok(performance.now() - before < 15, 'a known success must not be computed again');
      await writer.setPassword('alice@postroad.test', 'battery staple');
      await sleep(300);
      assert.equal(await directory.authenticate('alice@postroad.test', 'correct horse'), null);
      assert.ok(await directory.authenticate('alice@postroad.test', 'battery staple'));
      await writer.setPassword('alice@postroad.test', 'correct horse');
      await sleep(300);
    });

    test('an account may use its own address, a detail of it, and an alias that leads to it alone', async () => {
      const alice = await directory.authenticate('alice@postroad.test', 'correct horse');
      assert.ok(alice);
      for (const mine of ['alice@postroad.test', 'alice+x@postroad.test', 'al@postroad.test'])
        assert.equal(await directory.mayUse(alice, at(mine)), true, mine);
      for (const other of [
        'late@postroad.test',
        'sales@postroad.test',
        'nobody@postroad.test',
        'alice@elsewhere.example',
      ])
        assert.equal(await directory.mayUse(alice, at(other)), false, other);
    });

    test('names are unique, domains in use stay, and nonsense is refused with a reason', async () => {
      await assert.rejects(
        writer.addAccount({ address: 'alice@postroad.test', password: 'long enough' }),
        conflict('EXISTS'),
      );
      await assert.rejects(writer.addAlias('alice@postroad.test', ['x@y.example']), conflict('EXISTS'));
      await assert.rejects(writer.addDomain('postroad.test'), conflict('EXISTS'));
      await assert.rejects(writer.removeDomain('postroad.test'), conflict('IN_USE'));
      await assert.rejects(
        writer.addAccount({ address: 'x@unknown.example', password: 'long enough' }),
        conflict('NOT_FOUND'),
      );
      await assert.rejects(
        writer.addAccount({ address: 'a b@postroad.test', password: 'long enough' }),
        conflict('INVALID'),
      );
      await assert.rejects(writer.addAccount({ address: 'c@postroad.test', password: 'short' }), conflict('INVALID'));
      await assert.rejects(writer.addDomain('-bad-.example'), conflict('INVALID'));
      const race = await Promise.allSettled(
        Array.from({ length: 5 }, () => writer.addAccount({ address: 'race@postroad.test', password: 'long enough' })),
      );
      assert.equal(race.filter((r) => r.status === 'fulfilled').length, 1);
    });

    test('accounts made at once do not get in the way of each other; one of them answers for postmaster', async () => {
      await writer.addDomain('many.test');
      const made = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          writer.addAccount({ address: `u${i}@many.test`, password: 'correct horse battery' }),
        ),
      );
      await sleep(300);
      const answering = await directory.resolve(at('postmaster@many.test'));
      assert.ok(answering.kind === 'account' && made.some(({ id }) => id === answering.account.id));
    });

    test('postmaster passes on when its account goes, and is refused only when nobody is left', async () => {
      const kind = async () => {
        await sleep(300);
        return (await directory.resolve(at('postmaster@second.test'))).kind;
      };
      await writer.addDomain('second.test');
      await writer.addAccount({ address: 'first@second.test', password: 'long enough' });
      await writer.addAccount({ address: 'other@second.test', password: 'long enough' });
      await writer.removeAccount('first@second.test');
      assert.equal(await kind(), 'account');
      await writer.removeAccount('other@second.test');
      assert.equal(await kind(), 'unknown');
      await writer.addAccount({ address: 'third@second.test', password: 'long enough' });
      assert.equal(await kind(), 'account');
    });

    test('SCRAM keys prove the password; a name that does not exist has keys that stay the same', async () => {
      const { salt, iterations, storedKey, serverKey } = await directory.scramKeys('ALICE@postroad.test');
      const salted = pbkdf2Sync('correct horse', salt, iterations, 32, 'sha256');
      const clientKey = createHmac('sha256', salted).update('Client Key').digest();
      assert.deepEqual(createHash('sha256').update(clientKey).digest(), storedKey);
      assert.deepEqual(createHmac('sha256', salted).update('Server Key').digest(), serverKey);
      const decoy = await directory.scramKeys('nobody@postroad.test');
      assert.equal(decoy.salt.length, salt.length);
      assert.equal(decoy.iterations, iterations);
      const other = await KvDirectory.open(msa, { verifiers: true });
      assert.deepEqual(await other.scramKeys('Nobody@postroad.test'), decoy);
      other.close();
      assert.equal(await directory.accountNamed('nobody@postroad.test'), null);
      assert.equal((await directory.accountNamed('alice@postroad.test'))?.address, 'alice@postroad.test');
    });

    test('a quota is replaced as a whole', async () => {
      await writer.setQuota('alice@postroad.test', { bytes: 1_000_000, messages: 10 });
      assert.deepEqual((await writer.setQuota('alice@postroad.test', { messages: 5 })).quota, { messages: 5 });
      await sleep(300);
      assert.deepEqual((await directory.accountNamed('alice@postroad.test'))?.quota, { messages: 5 });
      await assert.rejects(writer.setQuota('nobody@postroad.test', {}), conflict('NOT_FOUND'));
    });

    test('an agent that may not read verifiers cannot check a password', async () => {
      const mta = await connectBus(broker, 'mta');
      const reader = await KvDirectory.open(mta, { verifiers: false });
      assert.equal((await reader.resolve(at('alice@postroad.test'))).kind, 'account');
      await assert.rejects(reader.authenticate('alice@postroad.test', 'correct horse'), DirectoryUnavailable);
      reader.close();
      await mta.close();
    });
  });
}

test('without a broker the directory says so, instead of "unknown"', async () => {
  const broker = await TestBroker.start({ servers: 1 });
  const ops = await provision(broker);
  const directory = await KvDirectory.open(ops, { verifiers: true });
  await new KvDirectoryWriter(ops).addDomain('postroad.test');
  await broker.kill(0);
  await assert.rejects(directory.resolve(at('alice@postroad.test')), DirectoryUnavailable);
  directory.close();
  await ops.nc.close();
  await broker.stop();
});
