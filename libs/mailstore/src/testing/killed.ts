import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Runs a script that writes without end, and kills it `ms` after it printed `lines` of what it acknowledged: a slow
 * machine may need seconds to start it. Resolves to all that it printed.
 */
export async function killed(
  script: URL,
  args: readonly string[],
  { lines, ms }: { readonly lines: number; readonly ms: number },
): Promise<string[]> {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = (): string[] => output.split('\n').slice(0, -1);
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (said().length >= lines) timer ??= setTimeout(() => child.kill('SIGKILL'), ms);
  });
  await once(child, 'close');
  clearTimeout(timer);
  return said();
}
