/** The thread that writes: parsing and sqlite (which is synchronous) stay off the loop that answers people. */
import { parentPort, workerData } from 'node:worker_threads';
import { BadExport, readSpans } from '../otlp/spans.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { WriterReply, WriterRequest, WriterSettings, Written } from './types.ts';

const port = parentPort;
if (port === null) throw new Error('the writer of the event store is a worker thread');
const writer = new SegmentWriter(workerData as WriterSettings);

function handle(request: WriterRequest): Written {
  switch (request.kind) {
    case 'events':
      return writer.writeEvents(request.batches);
    case 'spans':
      return writer.writeSpans(readSpans(request.body));
    case 'close':
      writer.close();
      return { events: 0, spans: 0, skipped: 0 };
  }
}

port.on('message', (request: WriterRequest) => {
  let reply: WriterReply;
  try {
    reply = { id: request.id, ok: true, written: handle(request) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply = { id: request.id, ok: false, bad: error instanceof BadExport, message };
  }
  port.postMessage(reply);
  if (request.kind === 'close') port.close();
});
