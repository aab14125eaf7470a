/** One ESMTP parameter of MAIL or RCPT (RFC 5321 §4.1.1.11): how its value is read and written. */
export interface ParameterSpec<Name extends string, Value> {
  /** Upper case, as in the wire. */
  readonly keyword: string;
  readonly command: 'MAIL' | 'RCPT';
  /** The EHLO keyword that offers it. */
  readonly extension: string;
  /** Where the value goes in {@link MailParameters} or {@link RcptParameters}. */
  readonly name: Name;
  /** Reads the value (undefined: none was written). Undefined means malformed: 501 5.5.4. */
  readonly parse: (value: string | undefined) => Value | undefined;
  /** The value for the wire, or true for a keyword alone. */
  readonly format: (value: Value) => string | true;
}

/** Fixes the types of a spec while they are inferred. */
export function parameter<const Name extends string, Value>(
  spec: ParameterSpec<Name, Value>,
): ParameterSpec<Name, Value> {
  return spec;
}

/** A parameter that is a keyword and nothing else. */
export function flag(value: string | undefined): true | undefined {
  return value === undefined ? true : undefined;
}
