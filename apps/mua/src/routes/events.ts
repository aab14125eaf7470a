import type { FastifyInstance } from 'fastify';
import { ApiError } from '../http/api-error.ts';
import { type MuaContext, userOf } from './context.ts';

const BEAT_MS = 20_000;
const MAX_STREAMS = 10;
/** Reader that does not read: it reconnects when it is back. */
const MAX_BUFFERED = 256 * 1024;

/** News as Server-Sent Events (HTML §9.2): `change` {folder, arrived}; a comment now and then keeps the connection alive. */
export function registerEvents(app: FastifyInstance, context: MuaContext): void {
  app.get('/api/events', async (request, reply) => {
    const user = userOf(context, request);
    if (user.streams >= MAX_STREAMS)
      throw new ApiError(429, 'TOO_MANY', 'This mailbox is open in too many windows.', 30);
    const { raw } = reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    });
    const write = (text: string) => {
      if (raw.writableLength > MAX_BUFFERED) raw.destroy();
      else raw.write(text);
    };
    write('retry: 2000\n\nevent: hello\ndata: {}\n\n');
    const beat = setInterval(() => write(':\n\n'), BEAT_MS);
    const stop = user.account.watch.listen((change) => write(`event: change\ndata: ${JSON.stringify(change)}\n\n`));
    const forget = user.onClose(() => raw.end());
    raw.on('error', () => undefined);
    raw.on('close', () => {
      clearInterval(beat);
      stop();
      forget();
    });
  });
}
