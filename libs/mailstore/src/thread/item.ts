import type { Threadable } from './summary.ts';

/** A message in the tree while it is built; `message` is null for a dummy. */
export interface ThreadItem {
  readonly message: Threadable | null;
  children: ThreadItem[];
}
