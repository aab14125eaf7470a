import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE } from './binaries.ts';
import { freePorts } from './ports.ts';

/** What `tools/stack/bootstrap/s3-server.mjs` fetches. */
const PROGRAM = join(CACHE, 's3rver/node_modules/s3rver/bin/s3rver.js');

/** As `missing()`: the `skip` option of tests that start an S3 server. */
export function missingS3(): string | false {
  if (existsSync(PROGRAM)) return false;
  const message = 'not installed: s3rver (`npm test` fetches it into .cache/)';
  if (process.env['CI'] === 'true') throw new Error(message);
  return message;
}

/** A server of a test that speaks S3 and keeps objects as files, on loopback. It knows its access key, and believes signatures and checksums. */
export class TestS3 {
  readonly bucket = 'mail';
  readonly region = 'us-east-1';
  /** Those the server knows. */
  readonly accessKeyId = 'S3RVER';
  readonly secretAccessKey = 'S3RVER';
  readonly #port: number;
  readonly #dir: string;
  /** A test that ends by an exception must not leave a server behind. */
  readonly #atExit = (): void => {
    this.#process?.kill('SIGKILL');
  };
  #process: ChildProcess | null = null;

  private constructor(dir: string, port: number) {
    this.#dir = dir;
    process.once('exit', this.#atExit);
    this.#port = port;
  }

  static async start(): Promise<TestS3> {
    const dir = mkdtempSync(join(tmpdir(), 'postroad-s3-'));
    const [port = 0] = await freePorts(1);
    const server = new TestS3(dir, port);
    mkdirSync(join(dir, 'data'));
    try {
      await server.launch();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** Starts the server on its old port and data (after {@link kill}). */
  async launch(): Promise<void> {
    const log = openSync(join(this.#dir, 'log'), 'a');
    const place = ['--directory', join(this.#dir, 'data'), '--address', '127.0.0.1', '--port', String(this.#port)];
    const flags = [...place, '--silent', '--no-vhost-buckets', '--configure-bucket', this.bucket];
    this.#process = spawn(process.execPath, [PROGRAM, ...flags], { stdio: ['ignore', log, log] });
    closeSync(log);
    const until = Date.now() + 30_000;
    while (!(await this.#answers())) {
      if (this.#process.exitCode !== null || Date.now() > until)
        throw new Error(
          `the S3 server did not come up:\n${readFileSync(join(this.#dir, 'log'), 'utf8').slice(-2_000)}`,
        );
      await sleep(50);
    }
  }

  #answers(): Promise<boolean> {
    return fetch(this.endpoint, { signal: AbortSignal.timeout(2_000) }).then(
      () => true,
      () => false,
    );
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.#atExit);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
