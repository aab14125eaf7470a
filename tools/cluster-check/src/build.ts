import { ensureBase } from './base.ts';
import { contextOf } from './context.ts';
import type { Engine } from './engine.ts';
import { buildImage, type BuiltImage } from './image.ts';

/** Builds the images of commits (null: of the repository as it lies here) on one base. */
export async function builder(
  engine: Engine,
  options: { readonly fresh: boolean; readonly say: (line: string) => void },
): Promise<(commit: string | null) => Promise<BuiltImage>> {
  const { fresh, say } = options;
  const base = await ensureBase(engine, say);
  return async (commit) => {
    await using context = await contextOf(commit);
    say(`building ${context.name} (${context.revision.slice(0, 12)}) on ${base}`);
    // Awaited here: the context is gone when this returns.
    return await buildImage(engine, context, { base, fresh });
  };
}
