import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from '@postroad/config';
import { CliError, usageError } from './io.ts';

const stackSchema = z.object({
  domain: z.string(),
  addresses: z.object({
    mx: z.string(),
    submission: z.string(),
    submissions: z.string(),
    imap: z.string(),
    imaps: z.string(),
    webmail: z.string(),
    ops: z.string(),
    otlp: z.string(),
    nats: z.array(z.string()),
    natsMonitors: z.array(z.string()),
    health: z.record(z.string(), z.string()),
  }),
  certificate: z.string(),
  tokenFile: z.string(),
  processes: z.record(z.string(), z.number()),
  pid: z.number(),
});

/** What `npm start` wrote of itself (DESIGN §5). */
export type StackFile = z.infer<typeof stackSchema>;

/** Options every command has. */
export interface GlobalOptions {
  readonly home: string;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** @throws CliError when there is none, or none that can be read */
export function readStack(home: string): StackFile {
  const path = join(resolve(home), 'stack.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as { code?: unknown }).code === 'ENOENT';
    const hint = 'start one with `npm start`, or name it with --home DIR, or with --server URL --token-file FILE';
    throw new CliError(
      'NO_STACK',
      missing ? `there is no stack in ${resolve(home)}` : `${path} cannot be read: ${String(error)}`,
      hint,
    );
  }
  try {
    return stackSchema.parse(JSON.parse(text));
  } catch {
    throw new CliError(
      'NO_STACK',
      `${path} is not what this version of Postroad writes`,
      'start the stack again with `npm start`',
    );
  }
}

/** Where the admin API is, and the token for it. */
export function readTarget(options: GlobalOptions): { url: string; token: string } {
  if (options.server !== undefined && !/^https?:\/\//.test(options.server))
    throw usageError(`--server ${options.server} is not an http(s) address`);
  if (options.server !== undefined && options.tokenFile === undefined)
    throw usageError('--server needs --token-file FILE');
  const stack = options.server === undefined ? readStack(options.home) : null;
  const file = options.tokenFile ?? stack?.tokenFile ?? '';
  try {
    return { url: options.server ?? stack?.addresses.ops ?? '', token: readFileSync(file, 'utf8').trim() };
  } catch (error) {
    throw new CliError(
      'NO_TOKEN',
      `the token cannot be read from ${file}: ${(error as Error).message}`,
      'it is readable by the user who started Postroad only',
    );
  }
}
