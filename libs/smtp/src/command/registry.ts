import { isUtf8 } from 'node:buffer';
import { accept, refuse, type Parsed } from '../error.ts';
import { RFC5321_LIMITS } from '../limits.ts';
import { reply } from '../reply.ts';
import { auth } from './auth.ts';
import { data, quit, rset, starttls } from './bare.ts';
import { ehlo, helo } from './hello.ts';
import { mail } from './mail.ts';
import { rcpt } from './rcpt.ts';
import type { CommandContext, CommandSpec } from './spec.ts';
import { expn, help, noop, vrfy } from './text.ts';

const ALL = [ehlo, helo, mail, rcpt, data, rset, noop, quit, vrfy, expn, help, starttls, auth] as const;

type CommandOf<Spec> =
  Spec extends CommandSpec<infer Verb, infer Arguments> ? { readonly verb: Verb } & Arguments : never;

/** One command, told apart by `verb`. */
export type Command = CommandOf<(typeof ALL)[number]>;
export type Verb = Command['verb'];

// The table forgets which arguments belong to which verb; `Command` remembers it.
interface AnySpec {
  readonly verb: string;
  readonly parse: (text: string, context: CommandContext) => Parsed<object>;
  readonly format: (values: Command) => string;
}
const TABLE: ReadonlyMap<string, AnySpec> = new Map(ALL.map((spec) => [spec.verb, spec as unknown as AnySpec]));

/** Known and not spoken here: 502 5.5.1 (RFC 5321 §4.2.4) rather than 500. */
const UNIMPLEMENTED = new Set(['BDAT', 'BURL', 'TURN', 'ETRN', 'ATRN', 'SEND', 'SOML', 'SAML', 'LHLO']);

const DEFAULT_CONTEXT: CommandContext = { limits: RFC5321_LIMITS };
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f\u0080-\u009f]/;

/** The verb of a line in upper case, for deciding on limits and logs before the rest is read; '' when there is none. */
export function verbOf(line: Buffer): string {
  const space = line.indexOf(0x20);
  const end = space < 0 ? line.length : space;
  return end > 16 ? '' : line.toString('latin1', 0, end).toUpperCase();
}

/**
 * Reads one command line, without its CRLF (RFC 5321 §2.4, §4.1.1). Never throws. Refusals: 500 5.5.2 (unknown, control
 * characters, too long, not UTF-8), 501 (malformed argument), 502 5.5.1 (known, not implemented), 553 5.6.7, 555 5.5.4.
 */
export function parseCommand(line: Buffer, context: CommandContext = DEFAULT_CONTEXT): Parsed<Command> {
  const verb = verbOf(line);
  const limit = verb === 'AUTH' ? context.limits.authLine : context.limits.commandLine;
  if (line.length + 2 > limit) return refuse(reply(500, '5.5.2', 'Line too long'));
  if (!isUtf8(line)) return refuse(reply(500, '5.5.2', 'A command is ASCII or UTF-8'));
  const text = line.toString('utf8');
  if (CONTROL.test(text)) return refuse(reply(500, '5.5.2', 'Control characters have no place in a command'));
  const spec = TABLE.get(verb);
  if (spec === undefined) {
    return UNIMPLEMENTED.has(verb)
      ? refuse(reply(502, '5.5.1', 'Command not implemented'))
      : refuse(reply(500, '5.5.2', 'Command not recognized'));
  }
  // Trailing white space is let pass (RFC 5321 §4.1.1).
  const parsed = spec.parse(text.slice(verb.length + 1).trimEnd(), context);
  return parsed.ok ? accept({ verb, ...parsed.value } as Command) : parsed;
}

/** The line for the wire, with its CRLF. */
export function formatCommand(command: Command): string {
  const spec = TABLE.get(command.verb);
  if (spec === undefined) throw new RangeError(`no such verb: ${command.verb}`);
  return `${command.verb}${spec.format(command)}\r\n`;
}
