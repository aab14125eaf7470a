import { spawn } from 'node:child_process';
import { findProgram } from '@postroad/testkit';

export interface Load {
  readonly port: number;
  readonly recipients: readonly string[];
  readonly messages: number;
  readonly sessions: number;
  /** Bytes of each message. */
  readonly size: number;
}

/** Postfix's load generator, one process a recipient, sessions shared among them. Resolves to the seconds until all were answered. */
export async function smtpSource(load: Load): Promise<number> {
  const program = findProgram('smtp-source');
  if (program === null) throw new Error('smtp-source (package postfix) is not installed');
  const processes = Math.min(load.recipients.length, load.sessions);
  const began = performance.now();
  await Promise.all(
    Array.from({ length: processes }, (_, i) => {
      const share = (total: number) => Math.floor(total / processes) + (i < total % processes ? 1 : 0);
      const args = [
        '-d',
        '-s',
        String(share(load.sessions)),
        '-m',
        String(share(load.messages)),
        '-l',
        String(load.size),
      ];
      return run(program, [...args, '-f', 'a@bench.local', '-t', load.recipients[i] ?? '', `127.0.0.1:${load.port}`]);
    }),
  );
  return (performance.now() - began) / 1_000;
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2_000)));
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`smtp-source: ${errors}`))));
  });
}
