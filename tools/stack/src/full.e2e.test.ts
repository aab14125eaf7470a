import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, freePorts, LoadClient, messageOf, UnexpectedReply } from '@postroad/testkit';
import { SMTPServer } from 'smtp-server';
import { happens, startE2e } from './e2e-stack.ts';

const MIB = 1024 * 1024;

/** DESIGN §3 "being full": a spool full of mail that cannot go out answers 452, loses nothing, and drains by itself. */
for (const count of [1, 3] as const)
  describe(`a full spool on ${count} broker${count === 1 ? '' : 's'}`, () => {
    test('answers 452, loses nothing, and drains by itself when the destination is back', async () => {
      const [sinkPort = 0] = await freePorts(1);
      const e2e = await startE2e({
        portOffset: 25_000 + count * 200,
        brokers: { count },
        limits: { spoolBytes: 24 * MIB },
        env: {
          POSTROAD_MTA_SMART_HOST: `127.0.0.1:${sinkPort}`,
          POSTROAD_MTA_RETRY_FIRST_MS: '500',
          POSTROAD_MTA_RETRY_LONGEST_MS: '1000',
          POSTROAD_MTA_UNREACHABLE_FIRST_MS: '500',
        },
      });
      const taken: string[] = [];
      const sink = new SMTPServer({
        disabledCommands: ['AUTH', 'STARTTLS'],
        size: 50 * MIB,
        onData: (stream, session, done) => {
          stream.resume();
          stream.on('end', () => {
            taken.push(session.envelope.rcptTo[0]?.address ?? '');
            done();
          });
        },
      });
      sink.on('error', () => undefined);
      try {
        const user = e2e.users[0] ?? '';
        const accepted: string[] = [];
        let refused: UnexpectedReply | null = null;
        const client = await LoadClient.open(e2e.stack.ports.submission, { user, password: e2e.password });
        for (let i = 0; i < 200 && refused === null; i++) {
          const to = `r${i}@world.example`;
          try {
            await client.send(user, [to], messageOf({ from: user, to, size: 300_000, id: `full-${i}` }));
            accepted.push(to);
          } catch (error) {
            if (!(error instanceof UnexpectedReply)) throw error;
            refused = error;
          }
          await sleep(20);
        }
        assert.equal(refused?.reply.code, 452, `${accepted.length} accepted and never refused`);
        assert.equal(refused?.reply.status, '4.3.1');
        assert.ok(accepted.length > 30, `${accepted.length}`);
        // The destination comes back: everything accepted arrives once, the spool empties, and mail is taken again.
        await new Promise<void>((resolve) => sink.listen(sinkPort, '127.0.0.1', () => resolve()));
        await eventually(() => taken.length >= accepted.length || `${taken.length} of ${accepted.length}`, 90_000);
        assert.deepEqual([...taken].sort(), [...accepted].sort());
        await happens(
          'the spool empties',
          async () => (await e2e.stack.bus.jsm.streams.info('SPOOL')).state.messages === 0,
        );
        client.close();
        await eventually(async () => {
          const again = await LoadClient.open(e2e.stack.ports.submission, { user, password: e2e.password });
          const to = 'again@world.example';
          await again
            .send(user, [to], messageOf({ from: user, to, size: 1_000, id: 'again' }))
            .finally(() => again.close());
          return true;
        });
      } finally {
        await e2e.stop();
        sink.close();
      }
    });
  });
