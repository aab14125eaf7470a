import { MAIL_FIRST, NO_VALID_RECIPIENTS, RCPT_FIRST, START_DATA } from '../replies.ts';
import type { VerbSpec } from './spec.ts';

/** RFC 5321 §4.1.1.4; content follows the 354, and the connection takes it from here. */
export const data: VerbSpec<'DATA'> = {
  check: ({ transaction, session }) => {
    if (transaction === null) return MAIL_FIRST;
    if (transaction.recipients.length > 0) return null;
    // RFC 2033 §4.2: LMTP knows one answer for both
    return transaction.refused > 0 && !session.lmtp ? NO_VALID_RECIPIENTS : RCPT_FIRST;
  },
  proceed: () => START_DATA,
};
