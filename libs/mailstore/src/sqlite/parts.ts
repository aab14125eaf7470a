import type { Reads } from './cache/reads.ts';
import type { ContentFiles } from './files.ts';
import type { Indexing } from './indexing.ts';
import type { Workers } from './workers.ts';

/** What the rooms of the store work with. */
export interface StoreParts extends Workers {
  readonly files: ContentFiles;
  readonly indexing: Indexing;
  readonly inlineLimit: number;
  readonly reads: Reads;
}
