import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The public test data: beside the repository (`../shared/corpus`), or where POSTROAD_CORPUS says. */
const CORPUS = process.env['POSTROAD_CORPUS'] ?? join(import.meta.dirname, '../../../../../shared/corpus');

/**
 * Reason to skip tests that need the corpus, or false when it is there.
 * @throws Error in CI, where nothing may be skipped
 */
export function corpusMissing(): string | false {
  if (existsSync(CORPUS)) return false;
  const reason = `the corpus of real mail is missing: it is expected in ${CORPUS} (POSTROAD_CORPUS names another place)`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

interface CorpusFile {
  /** Path below the corpus. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** Files of a corpus folder, those below it included, whose name ends so; none when the corpus is missing. */
export function corpusFiles(folder: string, ending = ''): CorpusFile[] {
  const root = join(CORPUS, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ name: path.slice(CORPUS.length + 1), bytes: readFileSync(path) }));
}

/** Corpus file as JSON. */
export function corpusJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(CORPUS, name), 'utf8')) as T;
}

/** Corpus file as text. */
export function corpusText(name: string, encoding: 'utf8' | 'latin1'): string {
  return readFileSync(join(CORPUS, name), encoding);
}
