import { reply } from '@postroad/smtp';
import type { VerbSpec } from './spec.ts';

/** RFC 5321 §4.1.1.1; it also ends a transaction (§4.1.4). No enhanced status here (RFC 2034 §3). */
export const ehlo: VerbSpec<'EHLO'> = {
  proceed: (conversation, { name }) => {
    conversation.reset();
    conversation.session.hello = { verb: 'EHLO', name };
    return reply(250, null, [conversation.settings.hostname, ...conversation.extensions()]);
  },
};

export const helo: VerbSpec<'HELO'> = {
  proceed: (conversation, { name }) => {
    conversation.reset();
    conversation.session.hello = { verb: 'HELO', name };
    return reply(250, null, conversation.settings.hostname);
  },
};
