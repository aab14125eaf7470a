import type { Parsed } from '../error.ts';
import type { SmtpLimits } from '../limits.ts';
import type { OfferedExtensions } from '../parameter/registry.ts';

/** What the parser of a command may know. */
export interface CommandContext {
  readonly limits: SmtpLimits;
  /** See {@link OfferedExtensions}; absent: everything we know. */
  readonly offered?: OfferedExtensions;
  /** The domain that `<postmaster>` stands in (RFC 5321 §4.5.1); absent: it is refused. */
  readonly postmasterDomain?: string;
}

/** One verb: its name, how what follows it is read and how it is written. */
export interface CommandSpec<Verb extends string, Arguments extends object> {
  readonly verb: Verb;
  /** `text` is what follows the verb and one space, without trailing white space. */
  readonly parse: (text: string, context: CommandContext) => Parsed<Arguments>;
  /** What follows the verb, with its space; or an empty string. */
  readonly format: (values: Arguments) => string;
}

export function command<const Verb extends string, Arguments extends object>(
  spec: CommandSpec<Verb, Arguments>,
): CommandSpec<Verb, Arguments> {
  return spec;
}
