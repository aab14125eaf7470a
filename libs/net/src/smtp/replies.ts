import { reply } from '@postroad/smtp';

/** Replies that more than one place gives, each with the enhanced status of RFC 3463 (and RFC 4954 §6, RFC 7504). */
export const OK = reply(250, '2.0.0', 'OK');
export const MAIL_OK = reply(250, '2.1.0', 'Originator OK');
export const RCPT_OK = reply(250, '2.1.5', 'Recipient OK');
export const START_DATA = reply(354, null, 'End data with <CR><LF>.<CR><LF>');
export const BYE = reply(221, '2.0.0', 'Bye');
export const READY_FOR_TLS = reply(220, '2.0.0', 'Ready to start TLS');

export const LHLO_ONLY = reply(500, '5.5.1', 'This is LMTP: say LHLO');
export const LHLO_UNKNOWN = reply(500, '5.5.1', 'This is SMTP: say EHLO');
export const HELLO_FIRST = reply(503, '5.5.1', 'Send EHLO first');
export const MAIL_FIRST = reply(503, '5.5.1', 'Send MAIL first');
export const RCPT_FIRST = reply(503, '5.5.1', 'Send RCPT first');
export const NO_VALID_RECIPIENTS = reply(554, '5.5.1', 'No valid recipients');
export const NESTED_MAIL = reply(503, '5.5.1', 'A transaction is open already');
export const NOT_IN_TRANSACTION = reply(503, '5.5.1', 'Not during a transaction');
export const TOO_MANY_RECIPIENTS = reply(452, '4.5.3', 'Too many recipients');
export const NEEDS_SMTPUTF8 = reply(553, '5.6.7', 'An address beyond ASCII needs SMTPUTF8 in MAIL');
export const NEEDS_TLS_FOR_REQUIRETLS = reply(530, '5.7.10', 'REQUIRETLS needs TLS');

export const AUTH_NEEDS_TLS = reply(538, '5.7.11', 'Encryption required for authentication: send STARTTLS first');
export const AUTH_UNAVAILABLE = reply(502, '5.5.1', 'Authentication is not offered here');
export const AUTH_UNKNOWN_MECHANISM = reply(504, '5.5.4', 'Unknown authentication mechanism');
export const AUTH_TWICE = reply(503, '5.5.1', 'Already authenticated');
export const AUTH_OK = reply(235, '2.7.0', 'Authentication successful');
export const AUTH_FAILED = reply(535, '5.7.8', 'Authentication credentials invalid');
export const AUTH_CANCELLED = reply(501, '5.7.0', 'Authentication cancelled');
export const AUTH_MALFORMED = reply(501, '5.5.2', 'Malformed authentication response');

export const TLS_UNAVAILABLE = reply(502, '5.5.1', 'TLS is not offered here');
export const TLS_TWICE = reply(503, '5.5.1', 'TLS is active already');

export const TOO_MANY_ERRORS = reply(421, '4.7.0', 'Too many errors');
export const TOO_MANY_AUTH_FAILURES = reply(421, '4.7.0', 'Too many failed authentications');
export const TOO_EARLY = reply(554, '5.5.0', 'Commands came before the greeting');
export const IDLE = reply(421, '4.4.2', 'Idle for too long');
export const IDLE_IN_DATA = reply(421, '4.4.2', 'Idle for too long in the middle of a message');
export const DATA_TOO_SLOW = reply(421, '4.4.2', 'The message takes too long');
export const GOING_DOWN = reply(421, '4.3.2', 'The service is going down, try again later');
export const TOO_MANY_CONNECTIONS = reply(421, '4.3.2', 'Too many connections, try again later');
export const TOO_MANY_FROM_YOU = reply(421, '4.7.0', 'Too many connections from your address');
export const BARE_NEWLINE = reply(554, '5.5.2', 'Bare <CR> or <LF> received: lines end with <CR><LF>');
export const LINE_TOO_LONG = reply(500, '5.5.2', 'Line too long');
