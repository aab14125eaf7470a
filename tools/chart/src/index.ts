export { chartFiles } from './generate.ts';
