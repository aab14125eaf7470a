export { opsConfig } from './config.ts';
