import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { random } from '../testing/random.ts';
import { SessionDriver } from '../testing/session-driver.ts';

/** What a client believes from the untagged responses alone. */
class Believer {
  readonly driver: SessionDriver;
  /** UIDs by sequence number − 1; 0 while the client has not learned one. */
  readonly uids: number[] = [];
  readonly flags = new Map<number, string>();
  readonly recent = new Set<number>();
  uidCommand = false;

  constructor(driver: SessionDriver) {
    this.driver = driver;
  }

  async command(text: string): Promise<string> {
    const answer = await this.driver.command(text);
    const mayShrink = !/^(FETCH|STORE|SEARCH)/.test(text);
    for (const [, number = '', what = '', rest = ''] of answer.matchAll(
      /^\* (?:(\d+) )?(EXISTS|EXPUNGE|FETCH|VANISHED)([^\r]*)/gm,
    )) {
      if (what === 'VANISHED') {
        assert.ok(mayShrink, `VANISHED during ${text}`);
        this.#forget(rest.trim());
        continue;
      }
      const n = Number(number);
      if (what === 'EXPUNGE') {
        assert.ok(mayShrink, `EXPUNGE during ${text}`);
        assert.ok(n >= 1 && n <= this.uids.length);
        this.flags.delete(this.uids[n - 1] ?? 0);
        this.uids.splice(n - 1, 1);
      } else if (what === 'EXISTS') {
        assert.ok(n >= this.uids.length, 'EXISTS never shrinks a mailbox');
        while (this.uids.length < n) this.uids.push(0);
      } else this.#learn(n, rest, text);
    }
    // As a client does: what is new is asked for (a new message without flags is told by EXISTS alone).
    if (this.uids.includes(0) && !text.startsWith('FETCH')) await this.command('FETCH 1:* (UID FLAGS)');
    return answer;
  }

  /** RFC 7162 §3.2.10: by UID, whatever the numbers were. */
  #forget(set: string): void {
    for (const range of set.split(',')) {
      const [first = 0, last = first] = range.split(':').map(Number);
      for (let uid = first; uid <= last; uid++) {
        const at = this.uids.indexOf(uid);
        assert.ok(at >= 0, `UID ${String(uid)} vanished and was not known`);
        this.uids.splice(at, 1);
        this.flags.delete(uid);
      }
    }
  }

  #learn(number: number, rest: string, text: string): void {
    assert.ok(number >= 1 && number <= this.uids.length, `FETCH of ${String(number)} in ${text}`);
    const uid = Number(/UID (\d+)/.exec(rest)?.[1] ?? this.uids[number - 1]);
    assert.ok([0, uid].includes(this.uids[number - 1] ?? -1), `number ${String(number)} means ${String(uid)} now`);
    this.uids[number - 1] = uid;
    const flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1];
    if (flags === undefined) return;
    const told = flags.split(' ');
    if (told.includes('\\Recent')) this.recent.add(uid);
    const kept = told.filter((flag) => flag !== '\\Recent');
    this.flags.set(uid, kept.sort().join(' '));
  }
}

function commandFor(pick: (below: number) => number, exists: number): string {
  const any = String(1 + pick(Math.max(1, exists)));
  const flag = ['\\Seen', '\\Deleted', '\\Flagged', '$A', '$B'][pick(5)] ?? '';
  const uid = pick(2) ? 'UID ' : '';
  return (
    [
      'NOOP',
      `${uid}STORE ${any}:${String(1 + pick(40))} +FLAGS (${flag})`,
      `${uid}STORE ${any} -FLAGS (${flag})`,
      `${uid}FETCH ${any}:* (UID FLAGS)`,
      `${uid}SEARCH DELETED`,
      'EXPUNGE',
      `${uid}MOVE ${any} Sent`,
      `${uid}COPY ${any} INBOX`,
      'APPEND INBOX {3+}\r\na\r\n',
      `FETCH ${any} BODY[TEXT]`,
    ][pick(10)] ?? 'NOOP'
  );
}

for (const seed of [1, 2, 3, 4]) {
  test(`random sessions on one mailbox always agree with it after NOOP, seed ${String(seed)} (IMAP-VIEW-1)`, async () => {
    const pick = random(seed);
    const backend = new MemoryBackend();
    const clients = await Promise.all(
      [1, 2, 3, 4].map(async () => new Believer(await SessionDriver.selected({ backend, limits: { errors: 1e9 } }))),
    );
    for (const client of clients.slice(2)) await client.command('ENABLE QRESYNC');
    for (let step = 0; step < 600; step++) {
      const busy = clients.filter(() => pick(2) === 0);
      await Promise.all(busy.map((client) => client.command(commandFor(pick, client.uids.length))));
      if (step % 20 !== 0) continue;
      for (const client of clients) {
        await client.command('NOOP');
        await client.command('FETCH 1:* (UID)');
        const rows = backend.boxes.get('INBOX')?.rows ?? [];
        assert.deepEqual(
          client.uids,
          rows.map((row) => row.uid),
        );
        for (const row of rows)
          assert.equal(client.flags.get(row.uid) ?? '', row.flags.sort().join(' '), `flags of ${String(row.uid)}`);
      }
    }
    for (const client of clients) assert.deepEqual(client.driver.errors, []);
    const recent = clients.flatMap((client) => [...client.recent]);
    assert.equal(new Set(recent).size, recent.length, 'a message is \\Recent to one session');
    assert.ok(recent.length > 0);
    await Promise.all(clients.map((client) => client.driver.end()));
  });
}
