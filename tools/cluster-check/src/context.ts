import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '@postroad/testkit';
import { succeed } from './command.ts';

/** What an image is built from. */
export interface BuildContext extends AsyncDisposable {
  readonly dir: string;
  /** Short name for the image's tag and version. */
  readonly name: string;
  /** Commit and its time, in seconds since the epoch. */
  readonly revision: string;
  readonly seconds: number;
}

const ours = ['.dockerignore', 'deploy/docker'];

/**
 * The repository as it lies here (`null`), or as it was at a commit, built the way images are built today: so an upgrade can be
 * tried from a version that is older than its Dockerfile.
 */
export async function contextOf(commit: string | null): Promise<BuildContext> {
  const git = (...args: string[]) => succeed('git', ['-C', REPOSITORY, ...args]);
  const revision = await git('rev-parse', `${commit ?? 'HEAD'}^{commit}`);
  const seconds = Number(await git('show', '--no-patch', '--format=%ct', revision));
  if (commit === null)
    return { dir: REPOSITORY, name: 'here', revision, seconds, [Symbol.asyncDispose]: async () => undefined };
  const dir = mkdtempSync(join(tmpdir(), 'postroad-context-'));
  const tar = `${dir}.tar`;
  try {
    await git('archive', '--format=tar', '-o', tar, revision);
    await succeed('tar', ['-C', dir, '-xf', tar]);
    for (const path of ours) {
      rmSync(join(dir, path), { recursive: true, force: true });
      cpSync(join(REPOSITORY, path), join(dir, path), { recursive: true });
    }
  } finally {
    rmSync(tar, { force: true });
  }
  const remove = async () => rmSync(dir, { recursive: true, force: true });
  return { dir, name: revision.slice(0, 12), revision, seconds, [Symbol.asyncDispose]: remove };
}
