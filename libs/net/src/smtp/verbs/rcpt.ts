import type { EnvelopeRecipient } from '@postroad/mail';
import { MAIL_FIRST, NEEDS_SMTPUTF8, RCPT_OK, TOO_MANY_RECIPIENTS } from '../replies.ts';
import type { VerbSpec } from './spec.ts';

/** RFC 5321 §4.1.1.3. */
export const rcpt: VerbSpec<'RCPT'> = {
  check: ({ transaction, settings }, { utf8 }) => {
    if (transaction === null) return MAIL_FIRST;
    if (utf8 && transaction.parameters.smtputf8 !== true) return NEEDS_SMTPUTF8;
    return transaction.recipients.length >= settings.policy.maxRecipients ? TOO_MANY_RECIPIENTS : null;
  },
  proceed: async (conversation, { forwardPath, parameters }) => {
    const { transaction, settings, session } = conversation;
    if (transaction === null) return MAIL_FIRST;
    const recipient: EnvelopeRecipient = { forwardPath, ...parameters };
    const refusal = await settings.handler.rcpt(session, recipient, transaction);
    if (refusal !== null) {
      transaction.refused++;
      return refusal;
    }
    // Said twice, it is one recipient, with the parameters said last. Case is the receiver's business (RFC 5321 §2.4).
    const key = `${forwardPath.localPart}@${forwardPath.domain}`;
    const known = transaction.index.get(key);
    if (known === undefined) transaction.index.set(key, transaction.recipients.push(recipient) - 1);
    else transaction.recipients[known] = recipient;
    return RCPT_OK;
  },
};
