import { Stack } from './stack.ts';
import { ensureAccounts, sendWelcome } from './first-run.ts';
const stack = await Stack.start({ home: '/tmp/mua/home', portOffset: 24000, say: console.log });
const accounts = await ensureAccounts(stack);
await sendWelcome(stack, accounts);
console.log('ready', JSON.stringify(accounts));
process.on('SIGTERM', () => void stack.stop().then(() => process.exit(0)));
