import { reply } from '@postroad/smtp';
import { HELLO_FIRST, MAIL_OK, NEEDS_TLS_FOR_REQUIRETLS, NESTED_MAIL } from '../replies.ts';
import type { VerbSpec } from './spec.ts';

/** RFC 5321 §4.1.1.2. */
export const mail: VerbSpec<'MAIL'> = {
  check: (conversation, { parameters }) => {
    if (conversation.session.hello === null) return HELLO_FIRST;
    if (conversation.transaction !== null) return NESTED_MAIL;
    if (parameters.requireTls === true && !conversation.secure) return NEEDS_TLS_FOR_REQUIRETLS;
    const { maxSize } = conversation.settings.policy;
    // RFC 1870 §6.1: refused before a single octet of it is sent.
    return parameters.size !== undefined && parameters.size > maxSize
      ? reply(552, '5.3.4', `Message exceeds the limit of ${String(maxSize)} octets`)
      : null;
  },
  proceed: async (conversation, command) => {
    const { reversePath, parameters } = command;
    const refusal = await conversation.settings.handler.mail(conversation.session, command);
    if (refusal !== null) return refusal;
    conversation.transaction = { reversePath, parameters, recipients: [], index: new Map(), refused: 0 };
    return MAIL_OK;
  },
};
