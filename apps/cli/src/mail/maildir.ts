import type { Dirent } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { toCrlf, toLf } from './line-ends.ts';
import { decodeModifiedUtf7 } from './modified-utf7.ts';
import type { Arrived, MailFolder, MailMessage, MailSource, MailTarget } from './types.ts';

const LETTERS: Readonly<Record<string, string>> = {
  D: '\\Draft',
  F: '\\Flagged',
  R: '\\Answered',
  S: '\\Seen',
  T: '\\Deleted',
};
const BY_FLAG = new Map(Object.entries(LETTERS).map(([letter, flag]) => [flag.toLowerCase(), letter]));
const MAX_KEYWORDS = 26;

/**
 * A tree of Maildirs: every directory with `cur` and `new` is a folder, named by its path (`Projects/2026`); the one at the top, or `INBOX`,
 * is INBOX. Names that begin with a dot are Maildir++ (`.Projects.2026`), in modified UTF-7 as IMAP once had them. Keywords are letters, as Dovecot names them in
 * `dovecot-keywords`; the date is the file's.
 */
export class MaildirSource implements MailSource {
  readonly #root: string;
  readonly #paths = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  async folders(): Promise<MailFolder[]> {
    await this.#walk(this.#root, []);
    const folders: MailFolder[] = [];
    for (const [name, path] of this.#paths)
      folders.push({ name, count: (await files(path)).length, generation: 'maildir' });
    return folders;
  }

  async #walk(path: string, levels: readonly string[]): Promise<void> {
    const entries = await readdir(path, { withFileTypes: true });
    if (isMaildir(entries)) this.#paths.set(levels.join('/') || 'INBOX', path);
    for (const entry of entries) {
      if (!entry.isDirectory() || ['cur', 'new', 'tmp'].includes(entry.name)) continue;
      const below = entry.name.startsWith('.') ? entry.name.slice(1).split('.').map(decodeModifiedUtf7) : [entry.name];
      await this.#walk(join(path, entry.name), [...levels, ...below]);
    }
  }

  async *messages(folder: MailFolder, after: string | null): AsyncGenerator<MailMessage> {
    const path = this.#paths.get(folder.name) ?? '';
    const keywords = await readKeywords(path);
    for (const { sub, file, key } of await files(path)) {
      if (after !== null && key <= after) continue;
      const whole = join(path, sub, file);
      const [octets, { mtimeMs }] = [await readFile(whole), await stat(whole)];
      yield {
        key,
        octets: toCrlf(octets),
        flags: flagsOf(file, sub, keywords),
        date: Math.floor(mtimeMs / 1000) * 1000,
      };
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function isMaildir(entries: readonly Dirent[]): boolean {
  return ['cur', 'new'].every((name) => entries.some((entry) => entry.isDirectory() && entry.name === name));
}

/** Files of `cur` and `new`, in the order of their unique names, which begin with the time. */
async function files(path: string): Promise<{ sub: string; file: string; key: string }[]> {
  const found: { sub: string; file: string; key: string }[] = [];
  for (const sub of ['cur', 'new'])
    for (const file of await readdir(join(path, sub)))
      if (!file.startsWith('.')) found.push({ sub, file, key: file.split(':')[0] ?? file });
  return found.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function flagsOf(file: string, sub: string, keywords: readonly string[]): string[] {
  const letters = sub === 'new' ? '' : (/:2,([A-Za-z]*)$/.exec(file)?.[1] ?? '');
  return [...letters].flatMap((letter) => LETTERS[letter] ?? keywords[letter.charCodeAt(0) - 97] ?? []);
}

/** `0 $Forwarded` a line: the number is the letter. */
async function readKeywords(path: string): Promise<string[]> {
  const text = await readFile(join(path, 'dovecot-keywords'), 'utf8').catch(() => '');
  const keywords: string[] = [];
  for (const [, n, word] of text.matchAll(/^(\d+) (\S+)$/gm)) keywords[Number(n)] = word ?? '';
  return keywords;
}

/** Writes such a tree. */
export class MaildirTarget implements MailTarget {
  readonly #root: string;
  #path = '';
  #keywords: string[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  async open(folder: string): Promise<void> {
    // a level that is `.` or `..` would lead out of the tree; a leading dot would be another layout
    const levels = folder.split('/').map((level) => level.replace(/^\.+/, (dots) => '_'.repeat(dots.length)));
    this.#path = join(this.#root, ...levels);
    for (const sub of ['cur', 'new', 'tmp']) await mkdir(join(this.#path, sub), { recursive: true });
    this.#keywords = await readKeywords(this.#path);
  }

  async mark(): Promise<string> {
    return (await files(this.#path)).at(-1)?.key ?? '';
  }

  async since(mark: string): Promise<Arrived[]> {
    const arrived: Arrived[] = [];
    for (const { sub, file, key } of await files(this.#path)) {
      if (key <= mark) continue;
      const whole = join(this.#path, sub, file);
      const { mtimeMs } = await stat(whole);
      arrived.push({ size: toCrlf(await readFile(whole)).length, second: Math.floor(mtimeMs / 1000) });
    }
    return arrived;
  }

  async append({ key, octets, flags, date }: MailMessage): Promise<string> {
    const name = `${key.padStart(12, '0')}.P.${hostname().replaceAll(/[/:]/g, '_')}`;
    const temporary = join(this.#path, 'tmp', name);
    await writeFile(temporary, toLf(octets), { mode: 0o600 });
    await utimes(temporary, date / 1000, date / 1000);
    await rename(temporary, join(this.#path, 'cur', `${name}:2,${await this.#letters(flags)}`));
    return name;
  }

  async #letters(flags: readonly string[]): Promise<string> {
    const letters: string[] = [];
    for (const flag of flags) {
      const letter = BY_FLAG.get(flag.toLowerCase()) ?? (flag.startsWith('\\') ? undefined : await this.#keyword(flag));
      if (letter !== undefined) letters.push(letter);
    }
    return letters.sort().join('');
  }

  async #keyword(word: string): Promise<string | undefined> {
    let at = this.#keywords.indexOf(word);
    if (at < 0 && this.#keywords.length < MAX_KEYWORDS) {
      at = this.#keywords.push(word) - 1;
      const text = this.#keywords.map((one, i) => `${String(i)} ${one}\n`).join('');
      await writeFile(join(this.#path, 'dovecot-keywords'), text);
    }
    return at < 0 ? undefined : String.fromCharCode(97 + at);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
