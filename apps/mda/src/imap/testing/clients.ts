import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { corpusFiles, corpusMissing } from '@postroad/message/testing';

/** Options for a test that needs a program and the corpus: in CI a missing one is a failure, elsewhere a skip that names it. */
export function needsCorpusAnd(program: string): { skip: string | false } {
  const missing = corpusMissing();
  return missing === false ? needs(program) : { skip: missing };
}

/** The same for a program alone. */
export function needs(program: string): { skip: string | false } {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return { skip: false };
  } catch {
    if (process.env['CI'] === 'true') throw new Error(`${program} is not installed`);
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

/**
 * `count` different messages with CRLF line ends, made from the files of the corpus (`needs` says whether it is there).
 * Those with NUL or bare CR are left out: Maildir clients cannot give them back as they were; and those whose header section
 * has no end: mbsync skips them ("incomplete header").
 */
export function corpusMessages(count: number): Buffer[] {
  const shapes = corpusFiles('')
    .filter(({ name }) => /\.(eml|msg)$/.test(name) || /testmsgs\/.*\.txt$/.test(name))
    .map(({ bytes }) => bytes.toString('latin1').replace(/\r?\n/g, '\r\n'));
  const usable = shapes.filter(
    (text) => text.includes('\r\n\r\n') && !/\0|\r(?!\n)/.test(text) && text.length < 1 << 20,
  );
  return Array.from({ length: count }, (_, n) => {
    const shape = usable[n % usable.length] ?? '';
    return Buffer.from(`X-Number: ${String(n)}\r\n${shape.endsWith('\r\n') ? shape : `${shape}\r\n`}`, 'latin1');
  });
}
