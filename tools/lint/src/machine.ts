/**
 * Prints what the tests depend on outside of the repository, as an input of Nx's cache: the versions of Node and of the
 * programs the tests talk to, and the names and sizes of the files of the corpus.
 */
import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const CORPUS = process.env['POSTROAD_CORPUS'] ?? join(ROOT, '../shared/corpus');
const PROGRAMS = [
  'postfix',
  'dovecot',
  'swaks',
  'curl',
  'mutt',
  'mbsync',
  'offlineimap',
  'strace',
  'chromium',
  'openssl',
  'promtool',
];
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Size and time of change of a program: an upgrade changes them, and nothing has to be started to know. */
function stamp(path: string): string | null {
  try {
    const { size, mtimeMs } = statSync(realpathSync(path));
    return `${path} ${size} ${mtimeMs}`;
  } catch {
    return null;
  }
}

function corpus(): string[] {
  try {
    return readdirSync(CORPUS, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => `${path.slice(CORPUS.length)} ${statSync(path).size}`);
  } catch {
    return ['no corpus'];
  }
}

const programs = PROGRAMS.map(
  (name) => FOLDERS.map((folder) => stamp(join(folder, name))).find((found) => found !== null) ?? `${name} missing`,
);
const cached = ['nats-server', 'promtool'].map(
  (name) => `${stamp(join(process.env['POSTROAD_CACHE'] ?? join(ROOT, '.cache'), name))}`,
);
const parts = [process.version, ...cached, ...programs, ...corpus()];
process.stdout.write(`${createHash('sha256').update(parts.join('\n')).digest('hex')}\n`);
