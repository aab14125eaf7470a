import { reply } from '@postroad/smtp';
import { BYE, NOT_IN_TRANSACTION, OK, READY_FOR_TLS, TLS_TWICE, TLS_UNAVAILABLE } from '../replies.ts';
import type { VerbSpec } from './spec.ts';

/** RFC 5321 §4.1.1.5. */
export const rset: VerbSpec<'RSET'> = {
  proceed: (conversation) => {
    conversation.reset();
    return OK;
  },
};

export const noop: VerbSpec<'NOOP'> = { proceed: () => OK };

/** The connection closes after this reply. */
export const quit: VerbSpec<'QUIT'> = { proceed: () => BYE };

/** RFC 5321 §3.5.3 and §7.3: addresses are not told to strangers. */
export const vrfy: VerbSpec<'VRFY'> = {
  proceed: () => reply(252, '2.5.0', 'Cannot verify, but will take mail and try'),
};

export const expn: VerbSpec<'EXPN'> = { proceed: () => reply(502, '5.5.1', 'Lists are not expanded here') };

export const help: VerbSpec<'HELP'> = {
  proceed: () => reply(214, '2.0.0', 'EHLO HELO MAIL RCPT DATA RSET NOOP VRFY STARTTLS AUTH QUIT (RFC 5321)'),
};

/** RFC 3207: the handshake follows this reply. */
export const starttls: VerbSpec<'STARTTLS'> = {
  check: (conversation) => {
    if (conversation.secure) return TLS_TWICE;
    if (!conversation.settings.startTls) return TLS_UNAVAILABLE;
    return conversation.transaction !== null ? NOT_IN_TRANSACTION : null;
  },
  proceed: () => READY_FOR_TLS,
};
