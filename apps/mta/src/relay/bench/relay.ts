/**
 * How fast the relay role hands mail to one host (Postfix's smtp-sink): `node src/relay/bench/relay.ts [messages]`.
 * First what waits in the queue already, then while messages keep coming in (head and record written by this process too).
 * 10 KiB messages, synced broker on this machine.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, freePorts } from '@postroad/testkit';
import { World } from '../testing/world.ts';

const count = Number(process.argv[2] ?? 5_000);
const program = findProgram('smtp-sink');
if (program === null) throw new Error('smtp-sink is not installed (Debian package postfix)');
const [port = 0] = await freePorts(1);
const sink = spawn(program, ['-u', 'nobody', `127.0.0.1:${port}`, '1000'], { stdio: 'inherit' });
const world = await World.open();
const content = Buffer.from(`Subject: x\r\n\r\n${`${'0123456789abcdef'.repeat(4)}\r\n`.repeat(155)}`);
const seed = async (): Promise<void> => {
  for (let i = 0; i < count; i += 100)
    await Promise.all(Array.from({ length: 100 }, (_, j) => world.seed({ to: [`b${i + j}@sink.test`], content })));
};
const relayed = () => world.events.filter((event) => event.step === 'relayed').length;
const measure = async (name: string, work: () => Promise<unknown>): Promise<void> => {
  const [start, cpu, before] = [performance.now(), process.cpuUsage(), relayed()];
  await work();
  while (relayed() < before + count) await sleep(20);
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round((count / (performance.now() - start)) * 1_000);
  console.log(`${name}: ${rate} messages/s, ${((user + system) / 1_000 / count).toFixed(2)} ms CPU each`);
};
await seed();
await measure('from the queue', () => world.relay({ hosts: { 'sink.test': [{ host: '127.0.0.1', port }] } }));
await measure('while they come in', seed);
await world.close();
sink.kill();
await once(sink, 'exit');
