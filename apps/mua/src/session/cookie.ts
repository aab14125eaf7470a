/** The session cookie (RFC 6265): not readable by scripts, never sent along from other sites. */
export class SessionCookie {
  readonly #name: string;
  readonly #attributes: string;

  /** `__Host-` binds the cookie to https and to this very host. */
  constructor(secure: boolean) {
    this.#name = secure ? '__Host-postroad' : 'postroad';
    this.#attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  }

  read(header: string | undefined): string | undefined {
    for (const pair of (header ?? '').split(';')) {
      const at = pair.indexOf('=');
      if (at > 0 && pair.slice(0, at).trim() === this.#name) {
        const value = pair.slice(at + 1).trim();
        return /^[\w-]{43}$/.test(value) ? value : undefined;
      }
    }
    return undefined;
  }

  /** For as long as the browser runs; the server's own limits come first. */
  set(token: string): string {
    return `${this.#name}=${token}; ${this.#attributes}`;
  }

  clear(): string {
    return `${this.#name}=; ${this.#attributes}; Max-Age=0`;
  }
}
