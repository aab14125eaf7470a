/** Where a command reads and writes; tests give their own. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Ends the command with a message that says what to do. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  /** 1: it failed; 2: it was asked wrongly. */
  readonly exitCode: 1 | 2;
  constructor(code: string, message: string, hint?: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

export const usageError = (message: string, hint?: string) => new CliError('USAGE', message, hint, 2);
