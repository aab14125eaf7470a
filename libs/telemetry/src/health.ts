import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  /** Null when the agent can do its work; otherwise why not, in one line. */
  readonly ready: () => string | null;
  readonly metrics: Metrics;
}

/** `/readyz`, `/livez` and `/metrics` of one agent. */
export async function serveHealth(options: HealthOptions): Promise<{ address: AddressInfo; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const reason = path === '/readyz' ? options.ready() : null;
    if (path === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(options.metrics.render());
    } else if (path === '/readyz' || path === '/livez') {
      response.writeHead(reason === null ? 200 : 503, { 'content-type': 'text/plain' }).end(`${reason ?? 'ok'}\n`);
    } else {
      response.writeHead(404).end();
    }
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
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
