import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError, usageError } from '../io.ts';
import { connectImap } from '../mail/imap-client.ts';
import type { TransferResult } from '../mail/transfer.ts';
import { bytes, duration } from '../style.ts';
import { readStack } from '../target.ts';

/** Options of commands that read or write an account's mail over IMAP. */
export interface MailboxOptions {
  readonly imap?: string;
  readonly secretFile?: string;
  readonly state?: string;
}

export function withMailboxOptions(command: Command): Command {
  return command
    .option('--imap <host:port>', 'IMAP with TLS of the mda, instead of the one of the home folder')
    .option('--secret-file <file>', 'what the mda has as adminSecretFile')
    .option('--state <file>', 'where progress is kept, so that the same command goes on after a cut');
}

/** Signs in for an account as the administrator. @throws CliError */
export async function openMailbox(context: Context, { imap, secretFile }: MailboxOptions, address: string) {
  if (imap !== undefined && secretFile === undefined) throw usageError('--imap needs --secret-file FILE');
  const stack = imap === undefined ? readStack(context.options.home) : null;
  const file = secretFile ?? join(resolve(context.options.home), 'imap-admin-secret');
  let password: string;
  try {
    password = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CliError(
      'NO_SECRET',
      `the administrator’s secret cannot be read from ${file}: ${(error as Error).message}`,
    );
  }
  return connectImap({
    address: imap ?? stack?.addresses.imaps ?? '',
    security: 'tls',
    user: 'postroad-admin',
    password,
    actFor: address,
    ...(stack && { ca: readFileSync(stack.certificate) }),
  });
}

/** A bar at a terminal, a line now and then elsewhere. */
export function progressTo({ io }: Context): (done: number, of: number, what: string) => void {
  const began = performance.now();
  let last = 0;
  let told = -1;
  // a run before this one may have done the first ones: they say nothing about our speed
  let first: number | null = null;
  return (done, of, what) => {
    const now = performance.now();
    first ??= Math.max(0, done - 1);
    if (done === told) return;
    const tty = (io.stderr as { isTTY?: boolean }).isTTY === true;
    if (now - last < (tty ? 100 : 5000) && done < of) return;
    last = now;
    told = done;
    const rate = (done - first) / Math.max(0.001, (now - began) / 1000);
    const left = rate > 0 && done < of ? `, ${duration(((of - done) / rate) * 1000)} left` : '';
    const share = of === 0 ? 1 : done / of;
    const bar = '█'.repeat(Math.round(share * 24)).padEnd(24, '░');
    const text = `${String(done)} of ${String(of)} messages, ${rate.toFixed(0)}/s${left} (${what})`;
    io.stderr.write(tty ? `\r\u001b[K${bar} ${text}${done >= of ? '\n' : ''}` : `${text}\n`);
  };
}

export function describeTransfer({ copied, skipped, folders, bytes: octets }: TransferResult): string {
  const known = skipped === 0 ? '' : `; ${String(skipped)} were there already`;
  return `copied ${String(copied)} messages (${bytes(octets)}) in ${String(folders)} folders${known}`;
}
