export { decodeBase64 } from './command/auth.ts';
export type { Mail } from './command/mail.ts';
export type { Rcpt } from './command/rcpt.ts';
export { formatCommand, parseCommand, verbOf, type Command, type Verb } from './command/registry.ts';
export type { CommandContext } from './command/spec.ts';
export { DotStuffer } from './content/dot-stuffer.ts';
export { DotUnstuffer, type Unstuffed } from './content/dot-unstuffer.ts';
export { isEnhancedStatus, splitEnhancedStatus } from './enhanced-status.ts';
export { SmtpProtocolError, type Parsed, type ProtocolErrorCode } from './error.ts';
export { RFC5321_LIMITS, type SmtpLimits } from './limits.ts';
export { LineReader } from './line-reader.ts';
export {
  formatParameters,
  parseParameters,
  type MailParameters,
  type OfferedExtensions,
  type RcptParameters,
} from './parameter/registry.ts';
export { domainToUtf8, readDomain } from './path/domain.ts';
export { formatAddressLiteral, readAddressLiteral } from './path/literal.ts';
export { formatAddress, formatPath, needsSmtpUtf8, parseAddress } from './path/path.ts';
export { formatReply, isPositive, reply, type Reply } from './reply.ts';
export { ReplyParser } from './reply-parser.ts';
export { decodeXtext, encodeXtext } from './xtext.ts';
