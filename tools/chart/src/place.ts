import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');
/** The chart, below the root. */
export const CHART = 'deploy/helm/postroad';
