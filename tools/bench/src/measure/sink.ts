import { type ChildProcess, spawn } from 'node:child_process';
import { findProgram, freePorts } from '@postroad/testkit';

/** Postfix's smtp-sink: takes everything and counts. */
export class Sink {
  readonly address: string;
  readonly #process: ChildProcess;
  #messages = 0;

  private constructor(address: string, child: ChildProcess) {
    this.address = address;
    this.#process = child;
    // `-c` writes running totals, separated by carriage returns: "sess=… quit=… mesg=…".
    child.stdout?.on('data', (chunk: Buffer) => {
      const counts = [...chunk.toString().matchAll(/mesg=(\d+)/g)];
      this.#messages = Number(counts.at(-1)?.[1] ?? this.#messages);
    });
  }

  static async start(): Promise<Sink> {
    const [port = 0] = await freePorts(1);
    const program = findProgram('smtp-sink');
    if (program === null) throw new Error('smtp-sink (package postfix) is not installed');
    const args = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawn('stdbuf', ['-o0', program, ...args, '-c', `127.0.0.1:${port}`, '2000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    return new Sink(`127.0.0.1:${port}`, child);
  }

  get messages(): number {
    return this.#messages;
  }

  stop(): void {
    this.#process.kill('SIGTERM');
  }
}
