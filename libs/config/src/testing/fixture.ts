/** An agent in a process of its own, to be ended by a test. `AGENT`: how it behaves. Tells on stdout what happens to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { commonShape, defineConfig } from '../define.ts';
import { runAgent } from '../run-agent.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

await runAgent({
  definition: defineConfig({ agent: 'mta', summary: 'A test.', shape: commonShape }),
  roles: ['one'],
  start: async () => {
    say(`starting as ${process.pid} of ${process.ppid}`);
    if (process.env['AGENT'] === 'slow start') await sleep(60_000);
    setInterval(() => {}, 1_000);
    say('started');
    return {
      drain: async (left) => {
        say(`draining for ${Math.round(left() / 1_000)} s`);
        if (process.env['AGENT'] === 'hung drain') await sleep(600_000);
        await sleep(left());
        // Timers may be a few ms early.
        say(`left ${Math.floor(left() / 100)}`);
      },
    };
  },
});
