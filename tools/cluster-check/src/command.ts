import { type ChildProcess, spawn } from 'node:child_process';
import { findProgram } from '@postroad/testkit';

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on stdin. */
  readonly input?: string;
  /** It is ended after so many ms; default 10 minutes. */
  readonly timeoutMs?: number;
}

interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
process.once('exit', endCommands);

/** Tells every program that runs now to end: whoever waits for one sees it fail. */
export function endCommands(): void {
  for (const child of running) child.kill('SIGTERM');
}

/** Runs a program to its end, whatever its exit code. @throws when it is not installed or takes too long */
export function command(name: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const program = name.includes('/') ? name : findProgram(name);
  if (program === null)
    throw new Error(`${name} is not installed (Debian package; \`npm run cluster-check\` as root installs it)`);
  const { cwd, env, input, timeoutMs = 600_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(child);
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${name} ${args.slice(0, 3).join(' ')} … took longer than ${timeoutMs / 1_000} s`));
    }, timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => {
      clearTimeout(timer);
      running.delete(child);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code: code ?? (signal === null ? 1 : 128), stdout, stderr });
    });
    // A program that does not read its input may end before it is written.
    child.stdin.on('error', () => undefined).end(input ?? '');
  });
}

/** The same for a program that must succeed: resolves to its output. @throws with the end of what it said */
export async function succeed(name: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await command(name, args, options);
  if (code === 0) return stdout.trim();
  throw new Error(`${name} ${args.join(' ').slice(0, 200)}: exit code ${code}\n${`${stdout}${stderr}`.slice(-3_000)}`);
}
