import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, findProgram, freePorts, missing } from '@postroad/testkit';
import { World } from './testing/world.ts';

test('Postfix’s sink gets three hundred messages, each once and whole', { skip: missing('smtp-sink') }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postroad-sink-'));
  chmodSync(folder, 0o777);
  const [port = 0] = await freePorts(1);
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const sink = spawn(findProgram('smtp-sink') ?? '', [...user, '-d', join(folder, 'm.'), `127.0.0.1:${port}`, '100'], {
    stdio: 'ignore',
    cwd: folder,
  });
  const world = await World.open();
  try {
    await eventually(async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return true;
    });
    await world.relay({ hosts: { 'sink.test': [{ host: '127.0.0.1', port }] } });
    const body = '.leading dots\r\n..two\r\n'.repeat(200);
    const seeded = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        world.seed({ to: [`u${i}@sink.test`], content: Buffer.from(`Subject: number ${i}.\r\n\r\n${body}`) }),
      ),
    );
    await Promise.all(seeded.map((stored) => world.until(stored, 'done', 20_000)));
    const files = readdirSync(folder).map((name) =>
      readFileSync(join(folder, name), 'latin1').replaceAll('\r\n', '\n'),
    );
    const numbers = files.flatMap((text) =>
      text.includes(body.replaceAll('\r\n', '\n')) ? [/^Subject: number (\d+)\.$/m.exec(text)?.[1]] : [],
    );
    assert.equal(files.filter((text) => text.includes('Subject')).length, 300);
    assert.equal(new Set(numbers).size, 300);
  } finally {
    await world.close();
    sink.kill();
    await once(sink, 'exit');
    rmSync(folder, { recursive: true });
  }
});
