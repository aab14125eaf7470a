/**
 * NAME      npm start
 * SUMMARY   runs a whole Postroad on this machine: broker and agents, certificates, a first domain, two accounts
 * PRODUCES  the home folder (.postroad): stack.json, accounts.json, logs, mail
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureAccounts, sendWelcome } from './first-run.ts';
import { greeting } from './greeting.ts';
import { Stack } from './stack.ts';

const HELP = `npm start -- [options]

  --home DIR          where state is kept (default .postroad)
  --port-offset N     added to every well-known port (default 10000)
  --domain NAME       the first domain (default: that of the last start, at first postroad.test)
  --brokers 1|3       one nats-server, or a cluster of three on this machine (default 1)
  --smart-host H:P    give all outgoing mail to this host
  --help
`;

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: '.postroad' },
    'port-offset': { type: 'string', default: '10000' },
    domain: { type: 'string' },
    brokers: { type: 'string', default: '1' },
    'smart-host': { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help === true) {
  process.stdout.write(HELP);
  process.exit(0);
}
const portOffset = Number(values['port-offset']);
if (!Number.isInteger(portOffset) || portOffset < 1_000 || portOffset > 28_000) {
  process.stderr.write('--port-offset is a number from 1000 to 28000 (above, the system gives ports out by itself)\n');
  process.exit(2);
}

const began = performance.now();
try {
  const stack = await Stack.start({
    home: resolve(values.home),
    portOffset,
    ...(values.domain === undefined ? {} : { domain: values.domain }),
    brokers: { count: values.brokers === '3' ? 3 : 1 },
    env: values['smart-host'] === undefined ? {} : { POSTROAD_MTA_SMART_HOST: values['smart-host'] },
    say: (line) => process.stderr.write(`${line}\n`),
  });
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    process.stderr.write('\ndraining …\n');
    await stack.stop();
    process.stderr.write('stopped; nothing was lost\n');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
  const accounts = await ensureAccounts(stack);
  await sendWelcome(stack, accounts);
  process.stdout.write(greeting(stack, accounts, (performance.now() - began) / 1_000));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const hint = /EADDRINUSE|in use/.test(message)
    ? '\nIs another Postroad running? Stop it, or choose another --port-offset and --home.'
    : '';
  process.stderr.write(`\nPostroad could not start: ${message}${hint}\n`);
  process.exit(1);
}
