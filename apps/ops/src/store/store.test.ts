import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import fc from 'fast-check';
import { BadExport, readSpans } from '../otlp/spans.ts';
import { newQueueId } from '../testing/harness.ts';
import { keyHash } from './keys.ts';
import { EventReader } from './reader.ts';
import { listSegments, segmentBytes } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { MailEvent } from './types.ts';

const dirs: string[] = [];
const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'postroad-store-'));
  dirs.push(dir);
  return dir;
};
after(() => dirs.forEach((dir) => rmSync(dir, { recursive: true, force: true })));

const batch = (key: string, events: readonly Partial<MailEvent>[]) => ({
  key,
  data: Buffer.from(JSON.stringify({ v: 1, events })),
});
const accepted = (queueId = newQueueId(), more: Partial<MailEvent> = {}): Partial<MailEvent> => ({
  ...{
    at: new Date().toISOString(),
    agent: 'msa',
    step: 'accepted',
    queueId,
    sender: 'alice@example.test',
    recipients: ['bob@example.test'],
  },
  ...more,
});

suite('event store', () => {
  test('a batch that comes again changes nothing, also after a restart and across the border of segments', () => {
    const directory = folder();
    const settings = { directory, maxBytes: 1e9, maxAgeMs: 1e9 };
    const queueId = newQueueId();
    let writer = new SegmentWriter(settings);
    assert.equal(writer.writeEvents([batch('1@5', [accepted(queueId)])]).events, 1);
    assert.equal(writer.writeEvents([batch('1@5', [accepted(queueId)])]).events, 0);
    writer.close();
    // Every write now ends a segment.
    writer = new SegmentWriter({ ...settings, maxBytes: 8 });
    assert.equal(writer.writeEvents([batch('1@5', [accepted(queueId)])]).events, 0);
    writer.close();
    writer = new SegmentWriter(settings);
    writer.writeEvents([batch('2@5', [accepted(queueId)])]);
    writer.close();
  });

  test('it stays within its bytes: the oldest go first, and the newest are found', () => {
    const directory = folder();
    const maxBytes = 4 * 1024 * 1024;
    const writer = new SegmentWriter({ directory, maxBytes, maxAgeMs: 1e9 });
    const reader = new EventReader(directory);
    const ids = Array.from({ length: 40_000 }, (_, i) => newQueueId(1_000_000 + i));
    for (let at = 0; at < ids.length; at += 500)
      writer.writeEvents([
        batch(
          `${at}`,
          ids.slice(at, at + 500).map((id) => accepted(id)),
        ),
      ]);
    const used = listSegments(directory).reduce((sum, { path }) => sum + segmentBytes(path), 0);
    // One segment of slack: the log of the one being written.
    assert.ok(used < maxBytes * 1.5, `${used} of ${maxBytes} bytes`);
    const [oldest = '', newest = ''] = [ids[0], ids.at(-1)];
    assert.equal(reader.find('queue', newest, 10).events.length, 1);
    assert.equal(reader.find('queue', oldest, 10).events.length, 0);
    assert.equal(reader.find('sender', 'ALICE@example.test', 20).events.length, 20);
    assert.deepEqual(
      reader.recent(3).map(({ queueId }) => queueId),
      ids.slice(-3).reverse(),
    );
    reader.close();
    writer.close();
  });

  test('what is older than it may be goes with the next segment', () => {
    const directory = folder();
    writeFileSync(join(directory, 'events-0000000000001.db'), '');
    writeFileSync(join(directory, 'events-0000000000002.db'), 'not a database at all, however one looks at it');
    const writer = new SegmentWriter({ directory, maxBytes: 1e9, maxAgeMs: 60_000 });
    writer.writeEvents([batch('1', [accepted()])]);
    assert.equal(
      listSegments(directory).filter(({ begunAt }) => begunAt < 3).length,
      1,
      'the first is too old; the second ended just now',
    );
    const reader = new EventReader(directory);
    assert.equal(reader.counts().events, 1, 'a segment that cannot be read is passed over');
    reader.close();
    writer.close();
  });

  test('bytes of an unknown kind never stop it', () => {
    const writer = new SegmentWriter({ directory: folder(), maxBytes: 1e9, maxAgeMs: 1e9 });
    const bad = [Buffer.from('{"v":2,"events":[]}'), Buffer.from('null'), Buffer.from([0xff])].map((data, i) => ({
      key: `bad${i}`,
      data,
    }));
    const odd = batch('odd', [
      accepted(undefined, { at: 'yesterday' }),
      accepted(undefined, { detail: 'x'.repeat(20_000) }),
      accepted(),
    ]);
    assert.deepEqual(writer.writeEvents([...bad, odd]), { events: 1, spans: 0, skipped: 3 });
    writer.close();
  });

  test('keys are safe integers, spread, and tell kinds apart', () => {
    const hashes = new Set(Array.from({ length: 20_000 }, (_, i) => keyHash('sender', `user${i}@example.test`)));
    assert.equal(hashes.size, 20_000);
    assert.notEqual(keyHash('sender', 'a@b'), keyHash('recipient', 'a@b'));
    fc.assert(
      fc.property(
        fc.string(),
        (text) => Number.isSafeInteger(keyHash('messageId', text)) && keyHash('messageId', text) >= 0,
      ),
    );
  });

  test('no export, whatever its shape, does more than be refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          return Array.isArray(readSpans(Buffer.from(text)));
        } catch (error) {
          return error instanceof BadExport;
        }
      }),
    );
    const anySpan = fc.record({
      resourceSpans: fc.array(
        fc.record({ resource: fc.anything(), scopeSpans: fc.array(fc.record({ spans: fc.array(fc.anything()) })) }),
      ),
    });
    fc.assert(
      fc.property(anySpan, (given) => {
        const text = JSON.stringify(given, (_key, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        return Array.isArray(readSpans(Buffer.from(text)));
      }),
    );
  });
});
