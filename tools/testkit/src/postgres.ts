import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './binaries.ts';
import { freePorts } from './ports.ts';

/** Debian keeps the server's programs out of PATH, a folder per version. */
const DEBIAN = '/usr/lib/postgresql';
const LEAST = 15;
const USER = 'postgres';

/** Folder of the newest PostgreSQL (≥ 15) with its server programs; null when there is none. */
function programs(): string | null {
  let versions: string[] = [];
  try {
    versions = readdirSync(DEBIAN).filter((name) => Number(name) >= LEAST);
  } catch {
    // not Debian
  }
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest !== undefined) return join(DEBIAN, newest, 'bin');
  const found = findProgram('initdb');
  return found !== null && findProgram('postgres') !== null ? join(found, '..') : null;
}

/** As `missing()`: the `skip` option of tests that start a PostgreSQL. */
export function missingPostgres(): string | false {
  if (programs() !== null) return false;
  const message = 'not installed: PostgreSQL 15 or newer (Debian package postgresql; `npm test` as root installs it)';
  if (process.env['CI'] === 'true') throw new Error(message);
  return message;
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root: then it runs as the user its package made. */
function identity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** A real PostgreSQL cluster of a test: on loopback, in a folder of its own under the system's temporary one. */
export class TestPostgres {
  readonly port: number;
  readonly #dir: string;
  readonly #identity: Identity;
  /** A test that ends by an exception must not leave a server behind. */
  readonly #atExit = (): void => {
    this.#process?.kill('SIGINT');
  };
  #process: ChildProcess | null = null;
  #databases = 0;

  private constructor(dir: string, port: number, who: Identity) {
    this.#dir = dir;
    process.once('exit', this.#atExit);
    this.port = port;
    this.#identity = who;
  }

  /** `settings` are added to the server's configuration, like `fsync: 'off'`. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
    const dir = mkdtempSync(join(tmpdir(), 'postroad-pg-'));
    const who = identity();
    const [port = 0] = await freePorts(1);
    const server = new TestPostgres(dir, port, who);
    mkdirSync(join(dir, 'data'));
    if (who.uid !== undefined && who.gid !== undefined) {
      chownSync(dir, who.uid, who.gid);
      chownSync(join(dir, 'data'), who.uid, who.gid);
    }
    chmodSync(join(dir, 'data'), 0o700);
    const options = ['-D', join(dir, 'data'), '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
    execFileSync(server.#program('initdb'), options, { ...who, cwd: dir, stdio: 'pipe' });
    try {
      await server.launch(settings);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  #program(name: string): string {
    return join(programs() ?? '', name);
  }

  /** Starts the server on its old port and data (after {@link kill}). */
  async launch(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = {
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: this.#dir,
      max_connections: '200',
      ...settings,
    };
    const log = openSync(join(this.#dir, 'log'), 'a', 0o644);
    const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.#process = spawn(this.#program('postgres'), ['-D', join(this.#dir, 'data'), ...flags], {
      ...this.#identity,
      cwd: this.#dir,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const until = Date.now() + 30_000;
    while (!this.#answers()) {
      if (this.#process.exitCode !== null || Date.now() > until)
        throw new Error(`PostgreSQL did not come up:\n${readFileSync(join(this.#dir, 'log'), 'utf8').slice(-2_000)}`);
      await sleep(50);
    }
  }

  #answers(): boolean {
    try {
      execFileSync(this.#program('pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(this.port)]);
      return true;
    } catch {
      return false;
    }
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** A new, empty database; resolves to its URL. */
  createDatabase(name = `test${String(++this.#databases)}`): string {
    const where = ['-h', '127.0.0.1', '-p', String(this.port), '-U', USER];
    execFileSync(this.#program('createdb'), [...where, name], { stdio: 'pipe' });
    return `postgres://${USER}@127.0.0.1:${String(this.port)}/${name}`;
  }

  /** The one value of a query. */
  value(url: string, sql: string): string {
    return execFileSync(this.#program('psql'), ['-XAtc', sql, url], { encoding: 'utf8' }).trim();
  }

  /** SIGINT is a fast shutdown, SIGQUIT the server's own crash. SIGKILL of the postmaster would leave its children behind. */
  async kill(signal: 'SIGINT' | 'SIGQUIT' = 'SIGQUIT'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill('SIGINT');
    process.off('exit', this.#atExit);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
