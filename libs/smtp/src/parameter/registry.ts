import { accept, refuse, type Parsed } from '../error.ts';
import { RFC5321_LIMITS, type SmtpLimits } from '../limits.ts';
import { reply } from '../reply.ts';
import { auth } from './auth.ts';
import { body } from './body.ts';
import { by } from './by.ts';
import { envid, notify, orcpt, ret } from './dsn.ts';
import { holdFor, holdUntil } from './hold.ts';
import { mtPriority } from './mt-priority.ts';
import { requireTls } from './requiretls.ts';
import { size } from './size.ts';
import { smtputf8 } from './smtputf8.ts';
import type { ParameterSpec } from './spec.ts';

const MAIL = [size, body, smtputf8, ret, envid, auth, requireTls, mtPriority, holdFor, holdUntil, by] as const;
const RCPT = [notify, orcpt] as const;

type ValuesOf<Specs extends readonly unknown[]> = {
  readonly [
    Spec in Specs[number] as Spec extends ParameterSpec<infer Name, infer _> ? Name : never
  ]?: Spec extends ParameterSpec<string, infer Value> ? Value : never;
};

/** What MAIL may say besides its path. */
export type MailParameters = ValuesOf<typeof MAIL>;
/** What RCPT may say besides its path. */
export type RcptParameters = ValuesOf<typeof RCPT>;

// The table forgets which value belongs to which name; `ValuesOf` remembers it for the callers.
type AnySpec = ParameterSpec<string, unknown>;
const TABLE: Readonly<Record<'MAIL' | 'RCPT', ReadonlyMap<string, AnySpec>>> = {
  MAIL: new Map(MAIL.map((spec) => [spec.keyword, spec as AnySpec])),
  RCPT: new Map(RCPT.map((spec) => [spec.keyword, spec as AnySpec])),
};

/** EHLO keywords of the extensions whose parameters are taken. Without a set, all that we know are. */
export type OfferedExtensions = ReadonlySet<string>;

const SHAPE = /^([A-Za-z0-9][A-Za-z0-9-]{0,62})(?:=([!-<>-~\u0080-\u{10ffff}]+))?$/u;

/**
 * Reads the parameters after a path (RFC 5321 §4.1.1.11). 501 5.5.4 for a malformed one or one given twice, 555 5.5.4 for one
 * that is unknown, belongs to the other command or whose extension was not offered (§4.1.1.11, §4.1.2).
 */
export function parseParameters(
  command: 'MAIL',
  text: string,
  offered?: OfferedExtensions,
  limits?: SmtpLimits,
): Parsed<MailParameters>;
export function parseParameters(
  command: 'RCPT',
  text: string,
  offered?: OfferedExtensions,
  limits?: SmtpLimits,
): Parsed<RcptParameters>;
export function parseParameters(
  command: 'MAIL' | 'RCPT',
  text: string,
  offered?: OfferedExtensions,
  limits: SmtpLimits = RFC5321_LIMITS,
): Parsed<MailParameters | RcptParameters> {
  const values: Record<string, unknown> = {};
  if (text === '') return accept(values);
  const words = text.split(' ').filter((word) => word !== '');
  if (words.length > limits.parameters) return refuse(reply(501, '5.5.4', 'Too many parameters'));
  for (const word of words) {
    const shape = SHAPE.exec(word);
    const keyword = shape?.[1]?.toUpperCase();
    if (shape === null || keyword === undefined) return refuse(reply(501, '5.5.4', 'Malformed parameter'));
    const spec = TABLE[command].get(keyword);
    if (spec === undefined || (offered !== undefined && !offered.has(spec.extension)))
      return refuse(reply(555, '5.5.4', `Unsupported parameter ${keyword}`));
    if (spec.name in values) return refuse(reply(501, '5.5.4', `Parameter ${keyword} given twice`));
    const value = spec.parse(shape[2]);
    if (value === undefined) return refuse(reply(501, '5.5.4', `Malformed value of parameter ${keyword}`));
    values[spec.name] = value;
  }
  return accept(values);
}

/** ` KEY=value KEY…` with the space in front, or an empty string; in the order of the table. */
export function formatParameters(command: 'MAIL', values: MailParameters): string;
export function formatParameters(command: 'RCPT', values: RcptParameters): string;
export function formatParameters(command: 'MAIL' | 'RCPT', values: MailParameters | RcptParameters): string {
  let wire = '';
  for (const spec of TABLE[command].values()) {
    const value = (values as Record<string, unknown>)[spec.name];
    if (value === undefined) continue;
    const written = spec.format(value);
    wire += written === true ? ` ${spec.keyword}` : ` ${spec.keyword}=${written}`;
  }
  return wire;
}
