import type { FastifyInstance } from 'fastify';
import { METRICS } from '@postroad/telemetry';
import type { SendResult } from '../api-types.ts';
import { removeDraft, saveDraft } from '../send/drafts.ts';
import { send } from '../send/send.ts';
import { type MuaContext, userOf } from './context.ts';
import { draftBody, draftQuery, read, sendBody } from './input.ts';

const BODY_LIMIT = 8 * 1024 * 1024;

/** Drafts, and sending. */
export function registerWriting(app: FastifyInstance, context: MuaContext): void {
  app.post('/api/drafts', { bodyLimit: BODY_LIMIT }, async (request): Promise<{ uid: number | null }> => {
    const { account, uploads } = userOf(context, request);
    return { uid: await saveDraft(account, read(draftBody, request.body), uploads) };
  });

  app.delete('/api/drafts', async (request, reply) => {
    const { account } = userOf(context, request);
    await removeDraft(account, read(draftQuery, request.query).uid);
    return reply.code(204).send();
  });

  app.post('/api/send', { bodyLimit: BODY_LIMIT }, async (request): Promise<SendResult> => {
    const user = userOf(context, request);
    const message = read(sendBody, request.body);
    const result = await user.sendOnce(message.key, () => send(context.sending, user.account, user.uploads, message));
    context.metrics.count(METRICS.webmailSent, {});
    return result;
  });
}
