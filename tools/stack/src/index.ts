export { Child } from './child.ts';
export { ensureAccounts, type FirstAccount } from './first-run.ts';
export { Home } from './home.ts';
export { portsAt } from './ports.ts';
export { Stack, type StackOptions } from './stack.ts';
