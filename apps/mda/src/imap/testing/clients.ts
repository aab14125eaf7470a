import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Options for a test that needs a program: in CI a missing one is a failure, elsewhere a skip that names it. */
export function needs(program: string): { skip: string | false } {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return { skip: false };
  } catch {
    if (process.env['CI']) throw new Error(`${program} is not installed`);
    return { skip: `${program} is not installed` };
  }
}

/** Runs a program to its end; rejects with its output when it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string>; timeout?: number } = {},
): Promise<string> {
  const child = spawn(program, args, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    timeout: options.timeout ?? 90_000,
  });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stdin?.end(options.input);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  const text = Buffer.concat(output).toString('latin1');
  if (code !== 0) throw new Error(`${program} ended with ${String(code ?? signal)}:\n${text.slice(-3000)}`);
  return text;
}

const CORPUS = process.env['POSTROAD_CORPUS'] ?? '/work/shared/corpus';

/**
 * `count` different messages with CRLF line ends, made from the corpus where it is at hand and from a few shapes otherwise.
 * Those with NUL or bare CR are left out: Maildir clients cannot give them back as they were; and those whose header section
 * has no end: mbsync skips them ("incomplete header").
 */
export function corpusMessages(count: number): Buffer[] {
  const shapes = corpusFiles().map((file) => readFileSync(file).toString('latin1').replace(/\r?\n/g, '\r\n'));
  const usable = shapes.filter(
    (text) => text.includes('\r\n\r\n') && !/\0|\r(?!\n)/.test(text) && text.length < 1 << 20,
  );
  if (usable.length === 0) usable.push('Subject: plain\r\n\r\nbody\r\n', 'Subject: 8 bit\r\n\r\n\xe4\xf6\xfc\r\n.\r\n');
  return Array.from({ length: count }, (_, n) => {
    const shape = usable[n % usable.length] ?? '';
    return Buffer.from(`X-Number: ${String(n)}\r\n${shape.endsWith('\r\n') ? shape : `${shape}\r\n`}`, 'latin1');
  });
}

function corpusFiles(): string[] {
  try {
    const names = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => /\.(eml|msg)$/.test(name) || /testmsgs\/.*\.txt$/.test(name))
      .map((name) => join(CORPUS, name));
  } catch {
    return [];
  }
}
