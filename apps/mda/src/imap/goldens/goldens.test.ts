import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { corpusMissing } from '@postroad/message/testing';
import { type Dovecot, missing, startDovecot } from '@postroad/testkit';
import { type Harness, PASSWORD, startHarness, USER } from '../testing/harness.ts';
import { compareAnswer, compareMessage, type Comparison, join } from './compare.ts';
import { explanationOf } from './explained.ts';
import { goldenMessages, kindsOf } from './messages.ts';
import { questions } from './questions.ts';
import { fillMailbox, type GoldenMailbox } from './servers.ts';

/** As root only: Dovecot switches users. */
const skip = corpusMissing() || missing('dovecot') || (process.getuid?.() !== 0 && 'Dovecot needs root to start');

suite('every answer about every message of the corpus is Dovecot’s, or explained', { skip }, () => {
  const { messages, leftOut } = goldenMessages();
  const kinds = kindsOf(messages);
  let dovecot: Dovecot;
  let harness: Harness;
  let ours: GoldenMailbox;
  let theirs: GoldenMailbox;
  before(async () => {
    dovecot = await startDovecot();
    harness = await startHarness();
    ours = await fillMailbox({ port: harness.tls, tls: true, user: USER, password: PASSWORD }, messages);
    theirs = await fillMailbox({ port: dovecot.port, user: 'golden', password: dovecot.password }, messages);
  });
  after(async () => {
    await ours.wire.logout();
    await theirs.wire.logout();
    await harness.close();
    await dovecot.stop();
  });

  /** Every difference has its explanation; which ones were needed is told, so that one that is needed no more can go. */
  function judge({ answers, differences }: Comparison, atLeast: number): void {
    const counts = new Map<string, number>();
    const unexplained: string[] = [];
    for (const difference of differences) {
      const explanation = explanationOf(difference, kinds);
      if (explanation) counts.set(explanation.id, (counts.get(explanation.id) ?? 0) + 1);
      else unexplained.push(`${difference.of} ${difference.item}\n  ours   ${difference.ours}\n  theirs ${difference.theirs}`);
    }
    process.stdout.write(
      `# ${String(answers)} answers, ${String(differences.length)} differ, all explained but ${String(unexplained.length)}: ${[...counts].map(([id, n]) => `${id} ${String(n)}`).join(', ')}\n`,
    );
    assert.equal(unexplained.slice(0, 10).join('\n'), '');
    assert.ok(answers >= atLeast, `only ${String(answers)} answers were compared`);
  }

  test('ENVELOPE, BODYSTRUCTURE, sizes, dates and every section of each message', async () => {
    assert.ok(messages.length > 300 && leftOut.length < 5);
    const compared: Comparison[] = [];
    for (const [i, message] of messages.entries()) compared.push(await compareMessage(ours, theirs, i + 1, message));
    judge(join(...compared), 5000);
  });

  test('SEARCH, SORT and THREAD', async () => {
    await harness.store.indexed();
    const compared: Comparison[] = [];
    for (const question of questions(messages)) compared.push(await compareAnswer(ours, theirs, question));
    judge(join(...compared), 300);
  });
});
