import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Bus } from '@postroad/bus';
import { connectBus, provision, TestBroker } from '@postroad/bus/testing';
import { eventually, eventuallyHolds } from '@postroad/testkit';
import { splitAddress } from './keys.ts';
import { KvDirectory } from './reader.ts';
import { DirectoryConflict, DirectoryUnavailable } from './types.ts';
import { KvDirectoryWriter } from './writer.ts';

const at = (text: string) => splitAddress(text) ?? assert.fail(text);
/** A miss is remembered for 5 s: who has waited for less has heard of the change. */
const HEARD_MS = 4_000;

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

    const becomes = (address: string, kind: string, ms?: number) =>
      eventuallyHolds(async () => assert.equal((await directory.resolve(at(address))).kind, kind), ms);

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
      await becomes('late@postroad.test', 'account', HEARD_MS);
      await writer.removeAccount('late@postroad.test');
      await becomes('late@postroad.test', 'unknown');
      await writer.addAccount({ address: 'late@postroad.test', password: 'long enough' });
      await becomes('late@postroad.test', 'account', HEARD_MS);
    });

    test('a password is checked, remembered, and forgotten when it changes', async () => {
      assert.equal(
        (await directory.authenticate('alice@postroad.test', 'correct horse'))?.address,
        'alice@postroad.test',
      );
      assert.equal(await directory.authenticate('alice@postroad.test', 'wrong horse'), null);
      assert.equal(await directory.authenticate('nobody@postroad.test', 'correct horse'), null);
      // The fastest of several: a busy machine holds up some.
      const fastest = async (tries: number, password: string) => {
        let best = Infinity;
        for (let i = 0; i < tries; i++) {
          const before = performance.now();
          await directory.authenticate('alice@postroad.test', password);
          best = Math.min(best, performance.now() - before);
        }
        return best;
      };
      const [known, computed] = [await fastest(20, 'correct horse'), await fastest(3, 'wrong horse')];
      assert.ok(known * 4 < computed, `a known success must not be computed again: ${known}, ${computed} ms`);
      await writer.setPassword('alice@postroad.test', 'battery staple');
      await eventuallyHolds(async () =>
        assert.equal(await directory.authenticate('alice@postroad.test', 'correct horse'), null),
      );
      assert.ok(await directory.authenticate('alice@postroad.test', 'battery staple'));
      await writer.setPassword('alice@postroad.test', 'correct horse');
      await eventuallyHolds(async () =>
        assert.ok(await directory.authenticate('alice@postroad.test', 'correct horse')),
      );
    });

    test('a replica that lags when a change is heard of does not bring the old record back', async (t) => {
      assert.ok(await directory.authenticate('alice@postroad.test', 'correct horse'));
      const { direct } = msa.jsm;
      const real = direct.getMessage.bind(direct);
      type Query = Parameters<typeof real>[1];
      const before = new Map<string, Awaited<ReturnType<typeof real>>>();
      const bySubject = (query: Query) => ('last_by_subj' in query ? query.last_by_subj : '');
      for await (const { subject } of await ops.jsm.direct.getLastMessagesFor('KV_verifiers', { multi_last: ['>'] }))
        before.set(subject, await real('KV_verifiers', { last_by_subj: subject }));
      // It answers with what stood there before, for as long as the test takes.
      const lagging = t.mock.method(direct, 'getMessage', (stream: string, query: Query) =>
        before.has(bySubject(query)) ? Promise.resolve(before.get(bySubject(query)) ?? null) : real(stream, query),
      );
      await writer.setPassword('alice@postroad.test', 'battery staple');
      await eventuallyHolds(async () =>
        assert.equal(await directory.authenticate('alice@postroad.test', 'correct horse'), null),
      );
      assert.ok(await directory.authenticate('alice@postroad.test', 'battery staple'));
      lagging.mock.restore();
      await writer.setPassword('alice@postroad.test', 'correct horse');
      await eventuallyHolds(async () =>
        assert.ok(await directory.authenticate('alice@postroad.test', 'correct horse')),
      );
    });

    test('who lost the way to hear of changes finds another, and has forgotten what may be old', async (t) => {
      const publish = msa.nc.publish.bind(msa.nc);
      const lost = t.mock.method(msa.nc, 'publish', (...[subject, ...rest]: Parameters<typeof publish>) => {
        if (!subject.includes('.MSG.NEXT.')) publish(subject, ...rest);
      });
      const deaf = await KvDirectory.open(msa, { verifiers: true });
      assert.ok(await deaf.authenticate('alice@postroad.test', 'correct horse'));
      await writer.setPassword('alice@postroad.test', 'battery staple');
      assert.ok(await deaf.authenticate('alice@postroad.test', 'correct horse'), 'from its cache');
      lost.mock.restore();
      await eventuallyHolds(async () =>
        assert.equal(await deaf.authenticate('alice@postroad.test', 'correct horse'), null),
      );
      await writer.setPassword('alice@postroad.test', 'correct horse');
      await eventuallyHolds(async () => assert.ok(await deaf.authenticate('alice@postroad.test', 'correct horse')));
      deaf.close();
      await eventuallyHolds(async () =>
        assert.ok(await directory.authenticate('alice@postroad.test', 'correct horse')),
      );
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

    test('who has signed in hears when the password is changed, and when the account is gone; nobody else does', async () => {
      const account = await writer.addAccount({ address: 'leaver@postroad.test', password: 'long enough' });
      const alice = await directory.authenticate('alice@postroad.test', 'correct horse');
      await eventuallyHolds(async () => assert.ok(await directory.authenticate('leaver@postroad.test', 'long enough')));
      const heard: string[] = [];
      directory.onRevoked(alice?.id ?? '', (why) => heard.push(`alice ${why}`));
      directory.onRevoked(account.id, (why) => heard.push(`first ${why}`));
      directory.onRevoked(account.id, (why) => heard.push(`logged out ${why}`))();
      await writer.setQuota('leaver@postroad.test', { bytes: 1_000 });
      await writer.setPassword('leaver@postroad.test', 'another one');
      await eventuallyHolds(() => assert.deepEqual(heard, ['first password']));
      await eventuallyHolds(async () => assert.ok(await directory.authenticate('leaver@postroad.test', 'another one')));
      directory.onRevoked(account.id, (why) => heard.push(`second ${why}`));
      await writer.removeAccount('leaver@postroad.test');
      await eventuallyHolds(() => assert.deepEqual(heard, ['first password', 'second gone']));
      // It is gone already: whoever was let in that very moment.
      directory.onRevoked(account.id, (why) => heard.push(`third ${why}`));
      await eventuallyHolds(() => assert.deepEqual(heard.slice(2), ['third gone']));
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
      const answering = await eventually(async () => {
        const found = await directory.resolve(at('postmaster@many.test'));
        return found.kind === 'account' ? found : found.kind;
      });
      assert.ok(made.some(({ id }) => id === answering.account.id));
    });

    test('postmaster passes on when its account goes, and is refused only when nobody is left', async () => {
      await writer.addDomain('second.test');
      await writer.addAccount({ address: 'first@second.test', password: 'long enough' });
      await writer.addAccount({ address: 'other@second.test', password: 'long enough' });
      await writer.removeAccount('first@second.test');
      await becomes('postmaster@second.test', 'account');
      await writer.removeAccount('other@second.test');
      await becomes('postmaster@second.test', 'unknown');
      await writer.addAccount({ address: 'third@second.test', password: 'long enough' });
      await becomes('postmaster@second.test', 'account');
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
      await eventuallyHolds(async () =>
        assert.deepEqual((await directory.accountNamed('alice@postroad.test'))?.quota, { messages: 5 }),
      );
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
