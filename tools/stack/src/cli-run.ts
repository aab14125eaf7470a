import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from '@postroad/testkit';

const CLI = join(REPOSITORY, 'apps/cli/bin/postroad.mjs');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets the process, to cut it at a known place. */
  readonly started?: (child: ChildProcess) => void;
}

/** `postroad` against one home folder, as a person runs it: a process of its own, secrets on stdin. */
export class Cli {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  run(args: readonly string[], { input = '', env = {}, started }: RunOptions = {}): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [CLI, '--home', this.#home, ...args], {
        stdio: 'pipe',
        env: { ...process.env, ...env },
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      started?.(child);
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }

  /** What it prints, when it succeeds. */
  async good(args: readonly string[], options?: RunOptions): Promise<string> {
    const ran = await this.run(args, options);
    assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.err}${ran.out}`);
    return ran.out;
  }

  async json<T>(args: readonly string[], options?: RunOptions): Promise<T> {
    return JSON.parse(await this.good([...args, '--json'], options)) as T;
  }

  /** The code of a failure with `--json`. */
  async fails(args: readonly string[], options?: RunOptions): Promise<string> {
    const ran = await this.run([...args, '--json'], options);
    assert.notEqual(ran.code, 0, `${args.join(' ')} succeeded`);
    return (JSON.parse(ran.out) as { error: { code: string } }).error.code;
  }
}
