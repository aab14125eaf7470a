import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Agent, AGENTS } from '@postroad/bus';

/** What must stay secret and the same from start to start. */
interface Secrets {
  readonly nats: Record<Agent, string>;
  /** Token of the admin API and the console. */
  readonly ops: string;
}

/** The folder of one stack: everything it knows lies here. */
export class Home {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const sub of ['logs', 'certs', 'nats', 'mail', 'ops', 'mua'])
      mkdirSync(join(dir, sub), { recursive: true, mode: 0o700 });
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  readJson<T>(name: string): T {
    return JSON.parse(readFileSync(this.path(name), 'utf8')) as T;
  }

  /** Readable by its owner only: it may hold passwords. */
  writeJson(name: string, value: unknown): void {
    writeFileSync(this.path(name), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  }

  /** The domain that this stack had when it last ran. */
  lastDomain(): string | undefined {
    return this.exists('stack.json') ? this.readJson<{ domain?: string }>('stack.json').domain : undefined;
  }

  secrets(): Secrets {
    if (!this.exists('secrets.json')) {
      const fresh = () => randomBytes(24).toString('base64url');
      const nats = Object.fromEntries(AGENTS.map((agent) => [agent, fresh()])) as Record<Agent, string>;
      this.writeJson('secrets.json', { nats, ops: fresh() } satisfies Secrets);
    }
    const secrets = this.readJson<Secrets>('secrets.json');
    if (!this.exists('ops-token')) writeFileSync(this.path('ops-token'), `${secrets.ops}\n`, { mode: 0o600 });
    if (!this.exists('imap-admin-secret'))
      writeFileSync(this.path('imap-admin-secret'), `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    return secrets;
  }
}
