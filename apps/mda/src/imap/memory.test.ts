import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MALLOC } from '@postroad/testkit';
import { RawClient } from './testing/raw-client.ts';

const SESSIONS = 20;
const SIZE = 20 << 20;
const LIMIT_MIB = 300;

async function answer<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

test('20 messages of 20 MiB at once, in and out to readers that do not read: under 300 MiB', async (t) => {
  const child = fork(fileURLToPath(new URL('./testing/memory-server.ts', import.meta.url)), {
    execArgv: [],
    // as the stack starts it
    env: { ...process.env, ...MALLOC },
  });
  t.after(() => child.kill());
  const { tls } = await answer<{ tls: number }>(child);
  const peak = async (): Promise<number> => {
    child.send('peak');
    return (await answer<{ peak: number }>(child)).peak;
  };
  const body = Buffer.alloc(SIZE, 'a line of a large message\r\n');
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => RawClient.connect({ tls })));
  await Promise.all(
    clients.map(async (client, i) => {
      const head = Buffer.from(`Subject: large ${String(i)}\r\n\r\n`);
      client.write(`a APPEND INBOX {${String(head.length + body.length)}+}\r\n`);
      for (const piece of [head, body, Buffer.from('\r\n')]) client.write(piece);
      await client.until(/^a OK \[APPENDUID/m, 60_000);
      client.take();
    }),
  );
  assert.ok((await peak()) < LIMIT_MIB, `coming in: ${String(await peak())} MiB`);
  for (const client of clients) {
    await client.ok('SELECT INBOX');
    client.pause();
    client.write('f FETCH 1:* BODY.PEEK[]\r\n');
  }
  await sleep(1000);
  assert.ok((await peak()) < LIMIT_MIB, `going out: ${String(await peak())} MiB`);
  for (const client of clients) client.destroy();
  child.send('end');
  await once(child, 'exit');
});
