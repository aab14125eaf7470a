import { createHash, randomBytes } from 'node:crypto';

const LIFE_MS = 12 * 3_600_000;
const MAX_SESSIONS = 1_000;

/** Cookies are shared by all ports of a host: the name must be ours alone. */
const COOKIE = 'postroad_ops';

/** Signed-in browsers. In memory: a restart signs everybody out. Only digests of the cookies are kept. */
export class Sessions {
  readonly #until = new Map<string, number>();

  open(): string {
    if (this.#until.size >= MAX_SESSIONS) this.#until.delete(this.#until.keys().next().value ?? '');
    const id = randomBytes(32).toString('base64url');
    this.#until.set(key(id), performance.now() + LIFE_MS);
    return id;
  }

  has(id: string | undefined): boolean {
    return id !== undefined && (this.#until.get(key(id)) ?? 0) > performance.now();
  }

  close(id: string | undefined): void {
    if (id !== undefined) this.#until.delete(key(id));
  }
}

const key = (id: string) => createHash('sha256').update(id).digest('base64');

export function cookieOf(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=');
    if (name === COOKIE) return value;
  }
  return undefined;
}

/** `id` null: the cookie is taken back. */
export function setCookie(id: string | null, secure: boolean): string {
  const life = id === null ? 0 : LIFE_MS / 1_000;
  return `${COOKIE}=${id ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${life}${secure ? '; Secure' : ''}`;
}
