/**
 * NAME      postroad
 * SUMMARY   the administrator's command: accounts, domains, aliases, the queue, the story of a message, a check of everything
 * CONSUMES  arguments; secrets from stdin; stack.json and ops-token of the home folder; the admin API; for `doctor` every door
 * PRODUCES  text for people, or one JSON document with --json; exit code 0 (good), 1 (failed), 2 (wrong usage)
 * STANDARDS RFC 6409 and 8314 (`send`)
 * SECURITY  secrets never in arguments or the environment; TLS is verified against the stack's own certificate
 */
import { runCli } from './program.ts';

export const main = (): Promise<number> =>
  runCli(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
  });
