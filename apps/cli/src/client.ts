import { CliError } from './io.ts';

const TIMEOUT_MS = 60_000;

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly hint?: string };
}

/** The admin API of ops. */
export class Client {
  readonly #url: string;
  readonly #token: string;

  constructor(target: { readonly url: string; readonly token: string }) {
    this.#url = target.url;
    this.#token = target.token;
  }

  get = <T>(path: string): Promise<T> => this.#ask<T>('GET', path);
  post = <T>(path: string, body: object): Promise<T> => this.#ask<T>('POST', path, body);
  put = <T = null>(path: string, body: object): Promise<T> => this.#ask<T>('PUT', path, body);
  delete = (path: string): Promise<null> => this.#ask<null>('DELETE', path);

  /** @throws CliError with what the API said, or why it could not be asked */
  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    let response: Response;
    try {
      response = await fetch(new URL(`/api/v1${path}`, this.#url), {
        ...{ method, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' },
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const { cause, name } = error as Error & { cause?: { code?: string; message?: string } };
      throw new CliError(
        'UNREACHABLE',
        `${this.#url} does not answer (${cause?.code ?? cause?.message ?? name})`,
        'is Postroad running? `npm start` starts it; `postroad doctor` looks closer',
      );
    }
    const text = await response.text();
    const answer = parse(text);
    if (response.ok) return answer as T;
    const {
      code = `HTTP_${response.status}`,
      message = text.slice(0, 200),
      hint,
    } = (answer as ErrorBody | null)?.error ?? {};
    throw new CliError(code, message, hint);
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** `/accounts/{}` with one value in its place, encoded. */
export const at = (path: string, value: string): string => path.replace('{}', encodeURIComponent(value));

/** `?a=1&b=2` of what is there. */
export function query(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
