import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Counts, countTests, NOTHING, plain, summaryLine } from './counts.ts';
import { failedTasks, outputOfFailed } from './nx-output.ts';
import { runningTests } from './running.ts';
import type { Step } from './steps.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const LOGS = join(ROOT, '.cache/test');
/** Scripts of the workspace, run with this very Node. */
const SCRIPTS: Readonly<Record<string, string>> = {
  nx: 'node_modules/nx/dist/bin/nx.js',
  prettier: 'node_modules/prettier/bin/prettier.cjs',
};
/** Of the output of a failed step, what is shown; all of it is in its log. */
const SHOWN_LINES = 400;

export interface StepResult {
  readonly counts: Counts;
  /** Null when it passed. */
  readonly why: string | null;
  /** Commands that repeat what failed, alone. */
  readonly again: readonly string[];
}

/** Runs one step, with a line about it before and after; its output goes to a log, and to the terminal when it fails. */
export async function runStep(step: Step): Promise<StepResult> {
  const tty = process.stdout.isTTY === true;
  process.stdout.write(`${tty ? '' : '• '}${step.name}: ${step.summary} …${tty ? '' : '\n'}`);
  const began = performance.now();
  const { code, output } = await execute(step);
  const seconds = `${((performance.now() - began) / 1_000).toFixed(1)} s`;
  const counted = step.counts === 'tests' ? countTests(output) : NOTHING;
  const why = judge(step, code, output, counted);
  const counts = countsOf(step, counted, why);
  if (tty) process.stdout.write('\r\u001b[K');
  process.stdout.write(`${why === null ? '✔' : '✖'} ${step.name} (${seconds})${details(step, counts, output)}\n`);
  if (why !== null) showOutput(step, output);
  const tasks = why === null ? [] : failedTasks(output).map((task) => `npx nx run ${task}`);
  return { counts, why, again: tasks.length > 0 ? tasks : [`npm test -- --only ${step.name}`] };
}

function judge(step: Step, code: number | null, output: string, counted: Counts): string | null {
  if (code === null) return `did not end within ${step.minutes} minutes`;
  if (counted.failed > 0) return `${counted.failed} tests failed`;
  if (code !== 0) return `ended with ${code}`;
  if (step.counts === 'tests' && counted.passed === 0) return 'no test ran';
  return step.verify?.(output) ?? null;
}

/** A step that failed counts at least one failure, also when it broke outside of its tests. */
function countsOf(step: Step, counted: Counts, why: string | null): Counts {
  if (step.counts === 'one') return { ...NOTHING, [why === null ? 'passed' : 'failed']: 1 };
  return why !== null && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

function details(step: Step, counts: Counts, output: string): string {
  const cache = /^\s*Cache:\s+(\d+\/\d+ hit)/m.exec(plain(output))?.[1];
  const parts = [step.counts === 'tests' ? summaryLine(counts) : '', cache === undefined ? '' : `cache: ${cache}`];
  const text = parts.filter((part) => part !== '').join('; ');
  return text === '' ? '' : `  ${text}`;
}

function showOutput(step: Step, output: string): void {
  const lines = outputOfFailed(output).trimEnd().split('\n');
  const shown = lines.slice(-SHOWN_LINES);
  if (lines.length > shown.length)
    process.stdout.write(`… ${lines.length - shown.length} lines before this are in .cache/test/${step.name}.log\n`);
  process.stdout.write(`${shown.join('\n')}\n\n`);
}

async function execute(step: Step): Promise<{ code: number | null; output: string }> {
  mkdirSync(LOGS, { recursive: true });
  const log = createWriteStream(join(LOGS, `${step.name}.log`));
  const [program = '', ...rest] = step.command;
  const script = SCRIPTS[program];
  const child = spawn(process.execPath, script === undefined ? rest : [script, ...rest], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a step that hangs can be ended with all it started.
    detached: true,
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', FORCE_COLOR: '0' },
  });
  const end = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  };
  const interrupted = () => {
    end('SIGTERM');
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  let late = false;
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => {
    late = true;
    const running = child.pid === undefined ? [] : runningTests(child.pid);
    chunks.push(Buffer.from(`\nstill running: ${running.join(', ') || 'no test file'}\n`));
    end('SIGKILL');
  }, step.minutes * 60_000);
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      log.write(chunk);
    });
  // What a crashed step leaves behind would hold its output open, and the ports of the next step.
  child.once('exit', () => end('SIGKILL'));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  log.end();
  return { code: late ? null : (code ?? 1), output: Buffer.concat(chunks).toString('utf8') };
}
