import type { ApiProblem } from '../../../src/api-types.ts';

/** What the server answered instead of doing it; the message is for the person. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, { code, message }: ApiProblem) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const signedOut = new Set<() => void>();

export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

interface Options {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly json?: unknown;
  readonly file?: File;
  readonly signal?: AbortSignal;
}

/** Asks our server. @throws Problem */
export async function api<T>(path: string, { method = 'GET', json, file, signal }: Options = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json', 'x-postroad': '1' };
  if (json !== undefined) headers['content-type'] = 'application/json';
  if (file !== undefined) {
    headers['content-type'] = 'application/octet-stream';
    headers['x-file-type'] = file.type;
  }
  const body = json === undefined ? file : JSON.stringify(json);
  const response = await fetch(path, { method, headers, ...(body && { body }), ...(signal && { signal }) }).catch(
    (error: unknown) => {
      if (signal?.aborted === true) throw error;
      throw new Problem(503, { code: 'OFFLINE', message: 'The webmail cannot be reached. Check your connection.' });
    },
  );
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const problem = (await response.json().catch(() => null)) as ApiProblem | null;
  if (problem?.code === 'SIGNED_OUT') for (const listener of signedOut) listener();
  throw new Problem(response.status, problem ?? { code: 'INTERNAL', message: 'Something went wrong on our side.' });
}

export const query = (values: Record<string, string | number>) =>
  new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)])).toString();
