/** Limits of RFC 5321 §4.5.3.1, in octets unless a name says otherwise. Parsers take them as parameters. */
export interface SmtpLimits {
  /** §4.5.3.1.1. The doors raise it to `path`: VERP, SRS and forwarding services write longer ones (SPEC, SMTP-LIMIT-1). */
  readonly localPart: number;
  /** §4.5.3.1.2. */
  readonly domain: number;
  /** §4.5.3.1.3, with the angle brackets. */
  readonly path: number;
  /**
   * A command line with its CRLF. §4.5.3.1.4 says 512; every extension adds its own (SIZE 26, SMTPUTF8 10, AUTH 500, DSN 100 on MAIL
   * and 500 on RCPT …), and source routes and UTF-8 paths come on top.
   */
  readonly commandLine: number;
  /** The AUTH command and its continuation lines (RFC 4954 §4 and §4.1: 12288). */
  readonly authLine: number;
  /** One reply line with its CRLF. §4.5.3.1.5 says 512; real servers write longer ones. */
  readonly replyLine: number;
  /** Lines of one reply: an EHLO list has tens. */
  readonly replyLines: number;
  /** Parameters of one command. */
  readonly parameters: number;
  /** §4.5.3.1.8 asks for at least 100; ours is what the issue asks: the 1,001st gets 452 4.5.3. */
  readonly recipients: number;
}

export const RFC5321_LIMITS: SmtpLimits = {
  localPart: 64,
  domain: 255,
  path: 256,
  commandLine: 2048,
  authLine: 12_288,
  replyLine: 2048,
  replyLines: 128,
  parameters: 32,
  recipients: 1000,
};
