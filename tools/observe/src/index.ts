export { observeFiles } from './generate.ts';
export { fillIn, ruleGroups } from './rules/index.ts';
export { THRESHOLDS } from './rules/thresholds.ts';
export { unknownIn } from './used.ts';
