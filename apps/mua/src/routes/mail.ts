import type { FastifyInstance } from 'fastify';
import type { Folder, MessagePage, MessageView } from '../api-types.ts';
import { actOn } from '../imap/actions.ts';
import { listFolders } from '../imap/folders.ts';
import { openMessage } from '../imap/message.ts';
import { listMessages, searchMessages } from '../imap/message-list.ts';
import { type MuaContext, userOf } from './context.ts';
import { actionBody, listQuery, messageQuery, read } from './input.ts';

/** Folders, lists, messages, and what is done with them. */
export function registerMail(app: FastifyInstance, context: MuaContext): void {
  app.get('/api/folders', async (request): Promise<Folder[]> => listFolders(userOf(context, request).account));

  app.get('/api/messages', async (request): Promise<MessagePage> => {
    const { account } = userOf(context, request);
    const { folder, offset, search } = read(listQuery, request.query);
    return search === '' ? listMessages(account, folder, offset) : searchMessages(account, folder, search, offset);
  });

  app.get('/api/message', async (request): Promise<MessageView> => {
    const { account } = userOf(context, request);
    const { folder, uid } = read(messageQuery, request.query);
    return openMessage(account, folder, uid);
  });

  app.post('/api/actions', async (request, reply) => {
    const { account } = userOf(context, request);
    const { folder, uids, action, target } = read(actionBody, request.body);
    await actOn(account, folder, uids, action, target);
    return reply.code(204).send();
  });
}
