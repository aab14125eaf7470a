import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Metrics, METRICS } from '@postroad/telemetry';
import type { EventStore } from '../store/event-store.ts';
import { BadExport } from './spans.ts';

/** Octets of one export, compressed or not. */
const MAX_BODY = 4 * 1024 * 1024;
const unzip = promisify(gunzip);

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ReceiverOptions {
  readonly host: string;
  readonly port: number;
  readonly store: EventStore;
  readonly metrics: Metrics;
}

/** OTLP/HTTP with JSON on `/v1/traces` (OpenTelemetry Protocol 1.x, OTLP/HTTP). Spans only; no token: it listens on loopback. */
export async function startReceiver(
  options: ReceiverOptions,
): Promise<{ address: AddressInfo; drain(ms: number): Promise<void> }> {
  const server = createServer((request, response) => void answer(request, response, options));
  server.headersTimeout = 5_000;
  server.requestTimeout = 15_000;
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(options.port, options.host, resolve),
  );
  return {
    address: server.address() as AddressInfo,
    drain: (ms) =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // Exporters try again elsewhere: 2 s is what they are worth at most.
        setTimeout(() => server.closeAllConnections(), Math.min(ms, 2_000)).unref();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { store, metrics }: ReceiverOptions,
): Promise<void> {
  try {
    const body = await exportOf(request);
    const { spans } = await store.writeSpans(body);
    metrics.count(METRICS.spansIngested, {}, spans);
    send(response, 200, {});
  } catch (error) {
    const status = error instanceof Refused ? error.status : error instanceof BadExport ? 400 : 503;
    metrics.count(METRICS.exportsRefused, { status: String(status) });
    // 503 is what exporters try again (OTLP/HTTP, failures).
    send(response, status, { code: status, message: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  // What the client still sends of a refused body is not read.
  const rest = status === 413 ? { connection: 'close' } : {};
  response.writeHead(status, { 'content-type': 'application/json', ...rest }).end(JSON.stringify(body));
}

async function exportOf(request: IncomingMessage): Promise<Buffer> {
  if (new URL(request.url ?? '/', 'http://x').pathname !== '/v1/traces')
    throw new Refused(404, 'only /v1/traces is served here');
  if (request.method !== 'POST') throw new Refused(405, 'traces are sent with POST');
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new Refused(415, 'only OTLP/JSON is taken: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json in the sender');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new Refused(415, `content-encoding ${encoding} is not taken: use gzip or none`);
  const raw = await bodyOf(request);
  if (encoding === 'identity') return raw;
  return unzip(raw, { maxOutputLength: MAX_BODY }).catch((error: { code?: unknown }) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : new Refused(400, 'the body is not gzip');
  });
}

const tooLarge = () => new Refused(413, `an export has at most ${MAX_BODY} octets`);

/** Not by `for await`, which would cut the connection before the refusal is sent. */
function bodyOf(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length']) > MAX_BODY) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY) return chunks.push(chunk);
      request.pause().removeAllListeners('data');
      return reject(tooLarge());
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}
