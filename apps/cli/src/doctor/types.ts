/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  /** `skip`: it does not belong to this stack, or was not asked for. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

export const ok = (name: string, detail: string): Check => ({ name, status: 'ok', detail });
export const skip = (name: string, detail: string): Check => ({ name, status: 'skip', detail });
export const warn = (name: string, detail: string, hint: string): Check => ({ name, status: 'warn', detail, hint });
export const fail = (name: string, detail: string, hint: string): Check => ({ name, status: 'fail', detail, hint });

/** How an error is told in one line. */
export function reason(error: unknown): string {
  const { code, cause, message } = error as {
    code?: unknown;
    cause?: { code?: unknown; message?: unknown };
    message?: unknown;
  };
  return String(cause?.code ?? code ?? cause?.message ?? message ?? error);
}
