import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LoopWatch } from './loop-watch.ts';
import { METRICS } from './metrics/catalogue.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Readiness } from './probe.ts';

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  /** Null when the agent can do its work; otherwise why not, in one line. */
  readonly ready: Readiness;
  /** `/livez` says no when the event loop stood still for longer, ms. Default 10 s. */
  readonly blockedMs?: number;
  readonly metrics: Metrics;
}

/** `/readyz`, `/livez` and `/metrics` of one agent. */
export async function serveHealth(options: HealthOptions): Promise<{ address: AddressInfo; close(): Promise<void> }> {
  const loop = new LoopWatch(options.blockedMs ?? 10_000);
  let ready: boolean | undefined;
  // Told here alone: who renders the metrics elsewhere has not asked.
  options.metrics.gauges(METRICS.ready, () => (ready === undefined ? [] : [{ labels: {}, value: Number(ready) }]));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const reason = path === '/readyz' ? await options.ready() : path === '/livez' ? loop.reason() : null;
    if (path === '/metrics') {
      ready = (await options.ready()) === null;
      const text = await options.metrics.render();
      response.setHeader('content-type', options.metrics.contentType).end(text);
    } else if (path === '/readyz' || path === '/livez') {
      response.writeHead(reason === null ? 200 : 503, { 'content-type': 'text/plain' }).end(`${reason ?? 'ok'}\n`);
    } else {
      response.writeHead(404).end();
    }
  };
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(503).end(`${String(error)}\n`));
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    address: server.address() as AddressInfo,
    close: () =>
      new Promise((resolve) => {
        loop.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
