import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { SILENT } from '@postroad/net';
import type { Quota } from '@postroad/directory';
import { keepHouse, retentionRules } from '../housekeeping.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { RawClient } from './testing/raw-client.ts';

const ALICE = 'alice@postroad.test';
const BOB = 'bob@postroad.test';
const CAROL = 'carol@postroad.test';
const DAY = 24 * 3_600_000;

suite('shared mailboxes over the wire (RFC 4314)', () => {
  let harness: Harness;
  const quotas: Record<string, Quota> = {};
  let alice: RawClient;
  let bob: RawClient;
  before(async () => {
    harness = await startHarness({}, quotas);
    alice = await RawClient.connect(harness);
    bob = await RawClient.connect(harness, { login: BOB });
  });
  after(async () => {
    await alice.close();
    await bob.close();
    await harness.close();
  });

  const append = (client: RawClient, mailbox: string, subject: string, flags = ''): Promise<string> => {
    const text = `Subject: ${subject}\r\n\r\nbody of ${subject}\r\n`;
    return client.command(`APPEND "${mailbox}" ${flags}{${String(text.length)}+}\r\n${text}`);
  };
  /** A mailbox of alice with some messages, shared with bob. */
  const share = async (name: string, rights: string, messages = 2): Promise<string> => {
    await alice.ok(`CREATE "${name}"`);
    for (let i = 1; i <= messages; i++) assert.match(await append(alice, name, `${name} ${String(i)}`), / OK /);
    await alice.ok(`SETACL "${name}" ${BOB} ${rights}`);
    return `user/${ALICE}/${name}`;
  };
  const give = (name: string, rights: string): Promise<string> => alice.ok(`SETACL "${name}" ${BOB} ${rights}`);

  test('SETACL, GETACL, MYRIGHTS, LISTRIGHTS, DELETEACL; the owner is not a matter of SETACL', async () => {
    const name = await share('Acl', 'lr', 0);
    assert.match(
      await alice.ok('GETACL Acl'),
      new RegExp(`^\\* ACL "?Acl"? "?${ALICE}"? lrswipkxteacd "?${BOB}"? lr\\r\\n`),
    );
    await give('Acl', '+sw');
    assert.match(await alice.ok('GETACL Acl'), new RegExp(`"?${BOB}"? lrsw\\r\\n`));
    await give('Acl', '-s');
    assert.match(await bob.ok(`MYRIGHTS "${name}"`), /MYRIGHTS "?user\/alice@postroad\.test\/Acl"? lrw\r\n/);
    assert.match(
      await alice.ok(`LISTRIGHTS Acl ${BOB}`),
      /LISTRIGHTS "?Acl"? "?bob@postroad\.test"? "" l r s w i p k x t e a/,
    );
    assert.match(await alice.ok(`LISTRIGHTS Acl ${ALICE}`), / lrswipkxtea\r\n/);
    assert.match(await alice.command(`SETACL Acl ${ALICE} lr`), /^t\d+ NO/m);
    assert.match(await alice.command(`DELETEACL Acl ${ALICE}`), /^t\d+ NO/m);
    assert.match(await alice.command('SETACL Acl nobody@postroad.test lr'), /^t\d+ NO/m);
    assert.match(await alice.command(`SETACL Acl ${BOB} lrq`), /^t\d+ BAD/m);
    assert.match(await bob.command(`GETACL "${name}"`), /^t\d+ NO \[NOPERM\]/m);
    assert.match(await bob.command(`SETACL "${name}" ${BOB} lrswipkxtea`), /^t\d+ NO \[NOPERM\]/m);
    // a negative right takes away what anyone has
    await alice.ok('SETACL Acl anyone lrs');
    await alice.ok(`SETACL Acl -${BOB} s`);
    assert.match(await bob.ok(`MYRIGHTS "${name}"`), / lrw\r\n/);
    await alice.ok(`DELETEACL Acl ${BOB}`);
    await alice.ok('DELETEACL Acl anyone');
    assert.match(await bob.command(`MYRIGHTS "${name}"`), /^t\d+ NO/m);
  });

  test('NAMESPACE, LIST, LSUB and STATUS show what is shared, as long as it is', async () => {
    const name = await share('Seen here', 'lr');
    assert.match(await bob.ok('NAMESPACE'), /\* NAMESPACE \(\("" "\/"\)\) \(\("user\/" "\/"\)\) NIL\r\n/);
    assert.match(await bob.ok('LIST "" "*"'), /\* LIST \([^)]*\) "\/" "user\/alice@postroad\.test\/Seen here"\r\n/);
    assert.match(
      await bob.ok(`LIST "" "user/%"`),
      /\\(?:Noselect|NonExistent)[^)]*\) "\/" "?user\/alice@postroad\.test"?\r\n/,
    );
    assert.doesNotMatch(await bob.ok('LIST "" "%"'), /Seen here/);
    assert.match(await bob.ok(`STATUS "${name}" (MESSAGES UNSEEN)`), /MESSAGES 2 UNSEEN 2/);
    assert.doesNotMatch(await bob.ok('LSUB "" "*"'), /Seen here/);
    await bob.ok(`SUBSCRIBE "${name}"`);
    assert.match(await bob.ok('LSUB "" "*"'), /"user\/alice@postroad\.test\/Seen here"\r\n/);
    assert.match(
      await bob.ok('LIST (SUBSCRIBED) "" "*"'),
      /\\Subscribed[^)]*\) "\/" "user\/alice@postroad\.test\/Seen here"/,
    );
    assert.doesNotMatch(await alice.ok('LSUB "" "*"'), /Seen here/);
    // `l` is what makes it visible
    await give('Seen here', 'r');
    assert.doesNotMatch(await bob.ok('LIST "" "*"'), /Seen here/);
    await give('Seen here', '""');
    assert.match(await bob.command(`STATUS "${name}" (MESSAGES)`), /^t\d+ NO \[NONEXISTENT\]/m);
    assert.match(await bob.command(`SELECT "${name}"`), /^t\d+ NO \[NONEXISTENT\]/m);
  });

  test('each right bites: r s w t e i k x a', async () => {
    const name = await share('Rights', 'l', 3);
    const refused = async (command: string): Promise<void> => {
      assert.match(await bob.command(command), /^t\d+ NO \[NOPERM\]/m, command);
    };
    // r
    await refused(`SELECT "${name}"`);
    await refused(`STATUS "${name}" (MESSAGES)`);
    await give('Rights', 'lr');
    assert.match(await bob.ok(`SELECT "${name}"`), /\[READ-ONLY\]/);
    assert.match(await bob.ok('FETCH 1 BODY[]'), /body of Rights 1/);
    // reading leaves no \Seen without s
    assert.match(await bob.ok('FETCH 1 FLAGS'), /FLAGS \((?:\\Recent)?\)/);
    assert.match(await bob.command('STORE 1 +FLAGS (\\Seen)'), /^t\d+ NO \[READ-ONLY\]/m);
    await give('Rights', 'lrs');
    assert.match(await bob.ok(`SELECT "${name}"`), /\[PERMANENTFLAGS \(\\Seen\)\][\s\S]*\[READ-WRITE\]/);
    await bob.ok('STORE 1 +FLAGS (\\Seen)');
    assert.match(await bob.ok('FETCH 1 FLAGS'), /\\Seen/);
    await refused('STORE 1 +FLAGS (\\Flagged)');
    await refused('STORE 1 +FLAGS (\\Deleted)');
    // w: all but \Seen and \Deleted; a flag that may not be set is left out, the rest is done
    await give('Rights', 'lrw');
    await bob.ok(`SELECT "${name}"`);
    assert.match(await bob.ok('STORE 2 FLAGS (\\Flagged \\Deleted $Tag)'), /FLAGS \([^)]*\\Flagged[^)]*\$Tag\)/);
    assert.match(await bob.ok('STORE 1 FLAGS (\\Draft)'), /\\Seen/);
    assert.doesNotMatch(await bob.ok('FETCH 1:3 FLAGS'), /\\Deleted/);
    // t marks, e expunges
    await refused('STORE 3 +FLAGS (\\Deleted)');
    await give('Rights', 'lrt');
    await bob.ok(`SELECT "${name}"`);
    await bob.ok('STORE 3 +FLAGS (\\Deleted)');
    await refused('EXPUNGE');
    assert.match(await bob.ok('CLOSE'), /OK/);
    assert.match(await alice.ok('STATUS Rights (MESSAGES)'), /MESSAGES 3/);
    await give('Rights', 'lre');
    await bob.ok(`SELECT "${name}"`);
    assert.match(await bob.ok('EXPUNGE'), /\* 3 EXPUNGE/);
    // i
    assert.match(await append(bob, name, 'mine'), /^t\d+ NO \[NOPERM\]/m);
    await refused(`COPY 1 "${name}"`);
    await give('Rights', 'lri');
    // flags without their rights are left out (RFC 4314 §4)
    assert.match(await append(bob, name, 'mine', '(\\Seen \\Flagged) '), /OK \[APPENDUID \d+ 4\]/);
    assert.match(await bob.ok(`SELECT "${name}"`).then(() => bob.ok('UID FETCH 4 FLAGS')), /FLAGS \((?:\\Recent)?\)/);
    // k
    await refused(`CREATE "${name}/Below"`);
    assert.match(await bob.command(`CREATE "user/${ALICE}/Top"`), /^t\d+ NO \[NOPERM\]/m);
    await give('Rights', 'lrk');
    await bob.ok(`CREATE "${name}/Below"`);
    assert.match(await alice.ok('GETACL Rights/Below'), new RegExp(`"?${BOB}"? lrk`));
    // x
    await refused(`DELETE "${name}/Below"`);
    await refused(`RENAME "${name}/Below" "${name}/Other"`);
    await alice.ok(`SETACL Rights/Below ${BOB} lrkx`);
    await bob.ok(`RENAME "${name}/Below" "${name}/Other"`);
    assert.match(await bob.command(`RENAME "${name}/Other" Mine`), /^t\d+ NO \[CANNOT\]/m);
    await bob.ok(`DELETE "${name}/Other"`);
    assert.doesNotMatch(await alice.ok('LIST "" "Rights/*"'), /Other/);
    // a
    await refused(`SETACL "${name}" ${CAROL} lr`);
    await give('Rights', 'lra');
    await bob.ok(`SETACL "${name}" ${CAROL} lr`);
    assert.match(await bob.ok(`GETACL "${name}"`), new RegExp(`"?${CAROL}"? lr`));
    assert.match(await bob.command(`SETACL "${name}" ${ALICE} l`), /^t\d+ NO/m);
    await bob.ok('UNSELECT');
  });

  test('rights that are taken away count at once, in a session that has the mailbox selected', async () => {
    const name = await share('Taken', 'lrswte');
    await bob.ok(`SELECT "${name}"`);
    await bob.ok('STORE 1 +FLAGS (\\Deleted)');
    await give('Taken', 'lr');
    assert.match(await bob.command('STORE 2 +FLAGS (\\Flagged)'), /^t\d+ NO \[NOPERM\]/m);
    assert.match(await bob.command('EXPUNGE'), /^t\d+ NO \[NOPERM\]/m);
    assert.match(await bob.ok('FETCH 2 BODY.PEEK[TEXT]'), /body of Taken 2/);
    await give('Taken', '""');
    const answer = await bob.command('FETCH 2 BODY.PEEK[TEXT]').catch((error: unknown) => String(error));
    assert.doesNotMatch(answer, /body of/);
    assert.doesNotMatch(answer, /^t\d+ OK/m);
    bob.destroy();
    bob = await RawClient.connect(harness, { login: BOB });
  });

  test('what one does the other in IDLE is told at once', async () => {
    const name = await share('Idle', 'lrswite');
    await bob.ok(`SELECT "${name}"`);
    bob.write('i1 IDLE\r\n');
    await bob.until(/^\+ /m);
    await append(alice, 'Idle', 'third');
    await bob.until(/^\* 3 EXISTS/m);
    await alice.ok('SELECT Idle');
    await alice.ok('STORE 2 +FLAGS (\\Flagged)');
    await bob.until(/^\* 2 FETCH \([^\r]*\\Flagged/m);
    await alice.ok('STORE 1 +FLAGS (\\Deleted)');
    await alice.ok('EXPUNGE');
    await bob.until(/^\* 1 EXPUNGE/m);
    bob.write('DONE\r\n');
    await bob.until(/^i1 OK/m);
    bob.take();
    alice.take();
    // and the other way round
    alice.write('i2 IDLE\r\n');
    await alice.until(/^\+ /m);
    await bob.ok('STORE 2 +FLAGS (\\Answered)');
    await alice.until(/^\* 2 FETCH \([^\r]*\\Answered/m);
    assert.match(await append(bob, name, 'fourth'), / OK /);
    await alice.until(/^\* 3 EXISTS/m);
    alice.write('DONE\r\n');
    await alice.until(/^i2 OK/m);
    alice.take();
    await alice.ok('UNSELECT');
    await bob.ok('UNSELECT');
  });

  test('COPY and MOVE between own and shared mailboxes; MOVE needs t and e', async () => {
    const name = await share('Moves', 'lri');
    await bob.ok('CREATE Own');
    await append(bob, 'Own', 'own 1');
    await append(bob, 'Own', 'own 2');
    await bob.ok('SELECT Own');
    assert.match(await bob.ok(`COPY 1 "${name}"`), /\[COPYUID \d+ 1 3\]/);
    assert.match(await bob.ok(`MOVE 2 "${name}"`), /\[COPYUID \d+ 2 4\][\s\S]*\* 2 EXPUNGE/);
    await bob.ok(`SELECT "${name}"`);
    assert.match(await bob.ok('COPY 1:2 Own'), /\[COPYUID \d+ 1:2 3:4\]/);
    assert.match(await bob.command('MOVE 1 Own'), /^t\d+ NO \[NOPERM\]/m);
    await give('Moves', 'lrite');
    assert.match(await bob.ok('MOVE 1:2 Own'), /\[COPYUID \d+ 1:2 5:6\]/);
    assert.match(await alice.ok('STATUS Moves (MESSAGES)'), /MESSAGES 2/);
    assert.match(await bob.ok('STATUS Own (MESSAGES)'), /MESSAGES 5/);
    await bob.ok('SELECT Own');
    assert.match(await bob.ok('UID FETCH 5:6 BODY.PEEK[TEXT]'), /body of Moves 1[\s\S]*body of Moves 2/);
    await bob.ok('UNSELECT');
  });

  test('what is put into a shared mailbox counts for its owner', async () => {
    const name = await share('Quota', 'lrip');
    quotas['alice'] = { bytes: 10 };
    try {
      assert.match(await append(bob, name, 'too much'), /^t\d+ NO \[OVERQUOTA\]/m);
      await bob.ok('SELECT Own');
      assert.match(await bob.command(`COPY 1 "${name}"`), /^t\d+ NO \[OVERQUOTA\]/m);
      assert.match(await append(bob, 'Own', 'own still fits'), / OK /);
      assert.match(await alice.ok('GETQUOTAROOT Quota'), /\* QUOTA "" \(STORAGE \d+ 0|\* QUOTA "" \(STORAGE \d+ 1/);
      // how full somebody else's account is, is theirs to know
      assert.doesNotMatch(await bob.ok(`GETQUOTAROOT "${name}"`), /\* QUOTA /);
    } finally {
      delete quotas['alice'];
    }
    await bob.ok('UNSELECT');
  });

  test('METADATA: private is per person, shared needs w', async () => {
    const name = await share('Notes', 'lr');
    await alice.ok('SETMETADATA Notes (/shared/comment "for all" /private/comment "for alice")');
    const seen = await bob.ok(`GETMETADATA "${name}" (/shared/comment /private/comment)`);
    assert.match(seen, /\/shared\/comment \{7\}\r\nfor all/);
    assert.doesNotMatch(seen, /for alice/);
    await bob.ok(`SETMETADATA "${name}" (/private/comment "for bob")`);
    assert.match(await bob.command(`SETMETADATA "${name}" (/shared/comment "by bob")`), /^t\d+ NO \[NOPERM\]/m);
    await give('Notes', 'lrw');
    await bob.ok(`SETMETADATA "${name}" (/shared/comment "by bob")`);
    assert.match(await alice.ok('GETMETADATA Notes /shared/comment'), /by bob/);
    assert.match(await alice.ok('GETMETADATA Notes /private/comment'), /for alice/);
    assert.match(await bob.ok(`GETMETADATA "${name}" /private/comment`), /for bob/);
  });

  test('retention expunges what is old enough, and those who look are told', async () => {
    const now = Date.now();
    for (const subject of ['one', 'two']) assert.match(await append(alice, 'Trash', subject), / OK /);
    await alice.ok(`SETACL Trash ${BOB} lr`);
    await bob.ok(`SELECT "user/${ALICE}/Trash"`);
    await alice.ok('SELECT Trash');
    for (const [client, tag] of [
      [alice, 'r1'],
      [bob, 'r2'],
    ] as const) {
      client.write(`${tag} IDLE\r\n`);
      await client.until(/^\+ /m);
    }
    const deps = {
      store: harness.store,
      hints: harness.hints,
      logger: SILENT as Parameters<typeof keepHouse>[0]['logger'],
    };
    const rules = { undeleteDays: 14, retention: retentionRules(['Trash=30']) };
    await keepHouse(deps, rules, now + 29 * DAY);
    const kept = await harness.store.mailbox('account-alice', 'Trash');
    assert.equal(kept?.messages, 2);
    await keepHouse(deps, rules, now + 31 * DAY);
    for (const [client, tag] of [
      [alice, 'r1'],
      [bob, 'r2'],
    ] as const) {
      await client.until(/^\* [12] EXPUNGE\r\n(?:[\s\S]*\r\n)?\* 1 EXPUNGE/m);
      client.write('DONE\r\n');
      await client.until(new RegExp(`^${tag} OK`, 'm'));
      client.take();
    }
    assert.match(await bob.ok('STATUS INBOX (MESSAGES)'), /OK/);
  });
});
