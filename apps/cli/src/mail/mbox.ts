import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { toCrlf, toLf } from './line-ends.ts';
import type { Arrived, MailFolder, MailMessage, MailSource, MailTarget } from './types.ts';

const MAX_MESSAGE = 256 << 20;
const FROM = Buffer.from('From ');
const STATUS: Readonly<Record<string, string>> = { R: '\\Seen' };
const X_STATUS: Readonly<Record<string, string>> = { A: '\\Answered', D: '\\Deleted', F: '\\Flagged', T: '\\Draft' };

/**
 * mbox files in their `mboxrd` form (RFC 4155 and its `>From ` quoting, undone one level): a file is a folder, a directory of them a
 * tree. Flags are in Status, X-Status and X-Keywords, the date in the `From ` line.
 */
export class MboxSource implements MailSource {
  readonly #path: string;
  readonly #into: string | undefined;
  readonly #files = new Map<string, string>();

  /** `into`: the folder a single file stands for; its name otherwise. */
  constructor(path: string, into?: string) {
    this.#path = path;
    this.#into = into;
  }

  async folders(): Promise<MailFolder[]> {
    const isTree = (await stat(this.#path)).isDirectory();
    const paths = isTree
      ? (await readdir(this.#path, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()
      : [this.#path];
    const folders: MailFolder[] = [];
    for (const path of paths) {
      const own = isTree ? relative(this.#path, path).replace(/\.mbox$/, '') : basename(path).replace(/\.mbox$/, '');
      const name = (isTree ? undefined : this.#into) ?? (/^inbox$/i.test(own) ? 'INBOX' : own);
      this.#files.set(name, path);
      let count = 0;
      for await (const message of split(path, 0)) if (message) count++;
      folders.push({ name, count, generation: 'mbox' });
    }
    return folders;
  }

  async *messages(folder: MailFolder, after: string | null): AsyncGenerator<MailMessage> {
    const start = after === null ? -1 : Number(after);
    for await (const { at, octets } of split(this.#files.get(folder.name) ?? '', 0))
      if (at > start) yield readMessage(at, octets);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Messages of a file with where each begins, its `From ` line included. */
async function* split(path: string, start: number): AsyncGenerator<{ at: number; octets: Buffer }> {
  let held: Buffer = Buffer.alloc(0);
  let at = start;
  for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const from = Math.max(0, held.length - 7);
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (let next = boundary(held, from); next > 0; next = boundary(held, 0)) {
      yield { at, octets: held.subarray(0, next) };
      held = held.subarray(next);
      at += next;
    }
    if (held.length > MAX_MESSAGE)
      throw new Error(`${path}: a message is longer than ${String(MAX_MESSAGE)} octets; is this an mbox file?`);
  }
  if (held.length > 0) yield { at, octets: held };
}

/** Where the next message begins: a `From ` line behind an empty line. */
function boundary(octets: Buffer, from: number): number {
  for (let at = octets.indexOf('\nFrom ', from); at >= 0; at = octets.indexOf('\nFrom ', at + 1)) {
    const before = octets[at - 1];
    if (at > 0 && (before === 10 || (before === 13 && octets[at - 2] === 10))) return at + 1;
  }
  return 0;
}

function readMessage(at: number, octets: Buffer): MailMessage {
  if (!octets.subarray(0, 5).equals(FROM))
    throw new Error(`no message begins at octet ${String(at)}: not an mbox file`);
  const end = octets.indexOf(10);
  const line = octets.toString('latin1', 5, end < 0 ? octets.length : end);
  const date = Date.parse(`${line.trim().split(/\s+/).slice(1).join(' ')} UTC`);
  const body = octets.subarray(end + 1, octets.length);
  // the empty line in front of the next message is no part of this one; the last of a file may have none
  const separator = /(?<=\n)\r?\n$/.exec(body.toString('latin1', Math.max(0, body.length - 3)));
  const message = body.subarray(0, body.length - (separator?.[0].length ?? 0));
  const { flags, rest } = takeMarks(unquote(message));
  return { key: String(at).padStart(15, '0'), octets: toCrlf(rest), flags, date: Number.isNaN(date) ? 0 : date };
}

/** `>From ` loses one `>` (mboxrd). */
function unquote(octets: Buffer): Buffer {
  if (!octets.includes('>From ')) return octets;
  return Buffer.from(octets.toString('latin1').replaceAll(/^>(>*From )/gm, '$1'), 'latin1');
}

/** Flags of the header; marks that stand in front of all other fields were put there by an export and go. */
function takeMarks(octets: Buffer): { flags: string[]; rest: Buffer } {
  const empty = /\r?\n\r?\n/.exec(octets.toString('latin1'));
  const header = octets.toString('latin1', 0, empty?.index ?? octets.length);
  const flags: string[] = [];
  for (const [, name = '', value = ''] of header.matchAll(/^(Status|X-Status|X-Keywords): *(.*?)\r?$/gim)) {
    const known = name.toLowerCase() === 'status' ? STATUS : X_STATUS;
    if (/keywords/i.test(name))
      flags.push(...value.split(/[\s,]+/).filter((word) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word)));
    else flags.push(...[...value].flatMap((letter) => known[letter] ?? []));
  }
  const marks = /^(?:(?:Status|X-Status|X-Keywords):.*\r?\n)+/.exec(header)?.[0].length ?? 0;
  return { flags: [...new Set(flags)], rest: octets.subarray(marks) };
}

/** Writes one mbox file per folder, `<root>/<folder>.mbox`. */
export class MboxTarget implements MailTarget {
  readonly #root: string;
  #file: FileHandle | null = null;
  #path = '';

  constructor(root: string) {
    this.#root = root;
  }

  async open(folder: string): Promise<void> {
    await this.#file?.close();
    const levels = folder.split('/').map((level) => level.replace(/^\.+/, (dots) => '_'.repeat(dots.length)));
    this.#path = `${join(this.#root, ...levels)}.mbox`;
    await mkdir(dirname(this.#path), { recursive: true });
    this.#file = await open(this.#path, 'a+', 0o600);
  }

  async mark(): Promise<string> {
    return String((await this.#file?.stat())?.size ?? 0);
  }

  /** What a run that was cut left behind the mark is taken away: it may be half a message. */
  async since(mark: string): Promise<Arrived[]> {
    await this.#file?.truncate(Number(mark));
    return [];
  }

  async append({ octets, flags, date }: MailMessage): Promise<string> {
    const has = (flag: string): boolean => flags.some((one) => one.toLowerCase() === flag.toLowerCase());
    const letters = (known: Readonly<Record<string, string>>): string =>
      Object.entries(known)
        .filter(([, flag]) => has(flag))
        .map(([letter]) => letter)
        .join('');
    const words = flags.filter((flag) => !flag.startsWith('\\'));
    const marks = [
      `Status: ${letters(STATUS)}O\n`,
      letters(X_STATUS) === '' ? '' : `X-Status: ${letters(X_STATUS)}\n`,
      words.length === 0 ? '' : `X-Keywords: ${words.join(' ')}\n`,
    ];
    const body = toLf(octets)
      .toString('latin1')
      .replaceAll(/^(>*From )/gm, '>$1');
    const text = `From MAILER-DAEMON ${asctime(date)}\n${marks.join('')}${body}${body.endsWith('\n') ? '' : '\n'}\n`;
    await this.#file?.appendFile(Buffer.from(text, 'latin1'));
    return this.mark();
  }

  async close(): Promise<void> {
    await this.#file?.sync();
    await this.#file?.close();
    this.#file = null;
  }
}

/** `Mon Nov 23 17:39:23 2026`, UTC (RFC 4155). */
function asctime(date: number): string {
  const [, weekday = '', day = '', month = '', year = '', time = ''] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(date).toUTCString()) ?? [];
  return `${weekday} ${month} ${String(Number(day)).padStart(2, ' ')} ${time} ${year}`;
}
