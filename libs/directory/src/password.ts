import { argon2, createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { ScramKeys } from './types.ts';

const argon2Async = promisify(argon2);
const pbkdf2Async = promisify(pbkdf2);

/** argon2id with 19 MiB and two passes (OWASP's first choice): about 30 ms of one core. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SCRAM_ITERATIONS = 10_000;

/** What stands in the bucket `verifiers` under an account's id. SCRAM keys are made now: they cannot be derived later. */
export interface Verifier {
  readonly v: 1;
  readonly argon2id: { readonly salt: string; readonly hash: string; readonly memory: number; readonly passes: number };
  /** RFC 5802 §3, with SHA-256 (RFC 7677). */
  readonly scram: {
    readonly salt: string;
    readonly iterations: number;
    readonly storedKey: string;
    readonly serverKey: string;
  };
}

/** Passwords compare after NFC at least (RFC 8265 §4.2.2 without the bidi rule). */
const prepare = (password: string) => Buffer.from(password.normalize('NFC'), 'utf8');

function hash(password: string, salt: Buffer, memory: number, passes: number): Promise<Buffer> {
  return argon2Async('argon2id', {
    message: prepare(password),
    nonce: salt,
    parallelism: COST.parallelism,
    tagLength: 32,
    memory,
    passes,
  });
}

export async function makeVerifier(password: string): Promise<Verifier> {
  const salt = randomBytes(16);
  const scramSalt = randomBytes(16);
  const [tag, salted] = await Promise.all([
    hash(password, salt, COST.memory, COST.passes),
    pbkdf2Async(prepare(password), scramSalt, SCRAM_ITERATIONS, 32, 'sha256'),
  ]);
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    v: 1,
    argon2id: { salt: salt.toString('base64'), hash: tag.toString('base64'), memory: COST.memory, passes: COST.passes },
    scram: {
      salt: scramSalt.toString('base64'),
      iterations: SCRAM_ITERATIONS,
      storedKey: createHash('sha256').update(clientKey).digest('base64'),
      serverKey: createHmac('sha256', salted).update('Server Key').digest('base64'),
    },
  };
}

/** A verifier that no password fits, for names that do not exist: a wrong name takes as long as a wrong password. */
const NOBODY: Verifier['argon2id'] = {
  salt: randomBytes(16).toString('base64'),
  hash: randomBytes(32).toString('base64'),
  memory: COST.memory,
  passes: COST.passes,
};

/** Where the bucket `verifiers` keeps the secret that decoys are made with: the same in every process. */
export const SECRET_KEY = 'decoys';

export function scramKeysOf({ scram }: Verifier): ScramKeys {
  return {
    salt: Buffer.from(scram.salt, 'base64'),
    iterations: scram.iterations,
    storedKey: Buffer.from(scram.storedKey, 'base64'),
    serverKey: Buffer.from(scram.serverKey, 'base64'),
  };
}

const FALLBACK_SECRET = randomBytes(32);

/** Keys no password fits, the same for a name each time. */
export function decoyKeys(secret: string, username: string): ScramKeys {
  const key = secret === '' ? FALLBACK_SECRET : Buffer.from(secret, 'base64');
  const of = (what: string) => createHmac('sha256', key).update(`${what}\0${username.trim().toLowerCase()}`).digest();
  return {
    salt: of('salt').subarray(0, 16),
    iterations: SCRAM_ITERATIONS,
    storedKey: of('stored'),
    serverKey: of('server'),
  };
}

/** Thrown when more logins wait than can be checked in reasonable time. */
export class PasswordChecksBusy extends Error {
  readonly code = 'BUSY';
}

/**
 * Checks passwords off the main thread (libuv's pool), a few at a time, and remembers successes for five minutes under
 * a key of this process: a client that opens ten connections pays once.
 */
export class PasswordChecker {
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, { mac: Buffer; until: number }>();
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit = 2) {
    this.#limit = limit;
  }

  async check(accountId: string | null, verifier: Verifier | null, password: string): Promise<boolean> {
    if (password.length > 1_024) return false;
    const mac = createHmac('sha256', this.#key)
      .update(`${accountId ?? ''}\0${password.normalize('NFC')}`)
      .digest();
    const known = accountId === null ? undefined : this.#known.get(accountId);
    if (known !== undefined && known.until > performance.now() && timingSafeEqual(known.mac, mac)) return true;
    const stored = verifier?.argon2id ?? NOBODY;
    const tag = await this.#turn(() =>
      hash(password, Buffer.from(stored.salt, 'base64'), stored.memory, stored.passes),
    );
    const right = timingSafeEqual(tag, Buffer.from(stored.hash, 'base64')) && verifier !== null && accountId !== null;
    if (right) {
      if (this.#known.size > 10_000) this.#known.clear();
      this.#known.set(accountId, { mac, until: performance.now() + 300_000 });
    }
    return right;
  }

  /** The password of this account changed, or the account went. */
  forget(accountId: string): void {
    this.#known.delete(accountId);
  }
  forgetAll(): void {
    this.#known.clear();
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 500) throw new PasswordChecksBusy('too many logins at once');
    if (this.#running >= this.#limit) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}
