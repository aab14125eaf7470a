import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { KvDirectoryWriter } from '@postroad/directory';
import { LoadClient } from '@postroad/testkit';
import { Cli } from './cli-run.ts';
import { happens } from './e2e-stack.ts';
import { type MailClient, openMail } from './mail-client.ts';
import { Stack } from './stack.ts';

const PASSWORD = 'as much as fits';
const USERS = ['alice', 'bob', 'carol'].map((name) => `${name}@postroad.test`);
const [ALICE = '', BOB = '', CAROL = ''] = USERS;

const textFor = (subject: string): Buffer =>
  Buffer.from(`From: <${ALICE}>\r\nTo: <${BOB}>, <${CAROL}>\r\nSubject: ${subject}\r\n\r\n${'a line\r\n'.repeat(50)}`);

for (const [overQuota, portOffset] of [
  ['refuse', 24_400],
  ['defer', 24_600],
] as const)
  describe(`a mailbox that is full, overQuota ${overQuota}`, () => {
    const home = mkdtempSync(join(tmpdir(), 'postroad-quota-'));
    let stack: Stack;
    let boxes: Record<string, MailClient>;
    before(async () => {
      stack = await Stack.start({
        home,
        portOffset,
        agents: ['ops', 'mda', 'mta', 'msa'],
        env: { POSTROAD_MDA_OVER_QUOTA: overQuota },
      });
      const directory = new KvDirectoryWriter(stack.bus);
      await directory.addDomain(stack.domain);
      for (const address of USERS) await directory.addAccount({ address, password: PASSWORD });
      await directory.setQuota(BOB, { bytes: 100 });
      const opened = USERS.map(async (user) => [user, await openMail(stack, user, PASSWORD)] as const);
      boxes = Object.fromEntries(await Promise.all(opened));
    });
    after(async () => {
      for (const box of Object.values(boxes ?? {})) await box.close();
      await stack?.stop();
      rmSync(home, { recursive: true, force: true });
    });

    const subjects = async (user: string): Promise<string[]> => {
      const messages = (await boxes[user]?.all('INBOX')) ?? [];
      return messages.map(({ octets }) => /^Subject: (.*)\r$/m.exec(octets)?.[1] ?? '');
    };
    const send = async (subject: string): Promise<string> => {
      const client = await LoadClient.open(stack.ports.submission, { user: ALICE, password: PASSWORD });
      const answer = await client.send(ALICE, [BOB, CAROL], textFor(subject));
      client.close();
      return /queued as (\w{26})/.exec(answer.lines.join(''))?.[1] ?? '';
    };

    /** Waits until the mda has counted so much. */
    const counted = (series: string, wanted: number): Promise<void> =>
      happens(`${series} is ${wanted}`, async () => {
        const text = await fetch(`http://127.0.0.1:${stack.ports.health.mda}/metrics`).then((answer) => answer.text());
        return text.includes(`\npostroad_${series} ${wanted}\n`);
      });

    test('does not hold up the others in the same message, nor what comes after', async () => {
      for (const subject of ['one', 'two', 'three']) assert.match(await send(subject), /^\w{26}$/);
      await happens('carol has all three', async () => (await subjects(CAROL)).length === 3);
      assert.deepEqual((await subjects(CAROL)).sort(), ['one', 'three', 'two']);
      assert.deepEqual(await subjects(BOB), []);
    });

    if (overQuota === 'refuse')
      test('the sender hears of it at once, with 5.2.2', async () => {
        await happens('three notifications', async () => (await subjects(ALICE)).length === 3);
        for (const { octets } of (await boxes[ALICE]?.all('INBOX')) ?? []) {
          assert.match(octets, /^Return-Path: <>\r$/m);
          assert.match(octets, /^Final-Recipient: rfc822; ?bob@postroad\.test\r$/im);
          assert.match(octets, /^Action: failed\r$/m);
          assert.match(octets, /^Status: 5\.2\.2\r$/m);
        }
        await happens('nothing is left on its way', async () =>
          Object.values(await stack.underWay()).every((count) => count === 0),
        );
        await counted('deliveries_total{outcome="failed"}', 3);
        await counted('quota_refusals_total{door="deliver"}', 3);
      });
    else
      test('the message waits in the queue, and arrives when there is room and it is tried again', async () => {
        const waiting = await send('four');
        await happens('four messages wait', async () => (await stack.underWay()).queue === 4);
        assert.deepEqual(await subjects(ALICE), []);
        const cli = new Cli(home);
        await cli.good(['account', 'quota', BOB, '--bytes', '1M']);
        await cli.good(['queue', 'retry', waiting]);
        await happens('it is there', async () => (await subjects(BOB)).includes('four'));
        assert.deepEqual(await subjects(BOB), ['four']);
        await happens('three are left', async () => (await stack.underWay()).queue === 3);
        // four for carol, and the one that bob was given in the end; its wait counts from when it was accepted
        await counted('deliveries_total{outcome="delivered"}', 5);
        await counted('delivery_seconds_count', 5);
        await counted('quota_refusals_total{door="deliver"}', 4);
      });
  });
