import type { StoredSpan } from '../store/types.ts';

/** The body is no OTLP/JSON trace export. */
export class BadExport extends Error {
  readonly code = 'BAD_EXPORT';
}

/** OTLP/JSON as it comes, of which nothing is certain (opentelemetry-proto, trace.proto; ids are hex in JSON). */
interface Value {
  readonly stringValue?: unknown;
  readonly intValue?: unknown;
  readonly doubleValue?: unknown;
  readonly boolValue?: unknown;
}
interface Attribute {
  readonly key?: unknown;
  readonly value?: Value | null;
}
interface RawSpan {
  readonly traceId?: unknown;
  readonly spanId?: unknown;
  readonly parentSpanId?: unknown;
  readonly name?: unknown;
  readonly startTimeUnixNano?: unknown;
  readonly endTimeUnixNano?: unknown;
  readonly attributes?: unknown;
  readonly links?: unknown;
  readonly status?: { readonly code?: unknown; readonly message?: unknown } | null;
}

const MAX_SPANS = 20_000;
const MAX_TEXT = 512;
const MAX_ATTRIBUTES = 32;
const MAX_LINKS = 16;
const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;

const list = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value)
    ? value.filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null)
    : [];
const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : '');

/** Reads an export request; spans without an id or a time are left out. @throws BadExport */
export function readSpans(body: Uint8Array): StoredSpan[] {
  let request: unknown;
  try {
    request = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new BadExport('the body is not JSON');
  }
  if (
    typeof request !== 'object' ||
    request === null ||
    !Array.isArray((request as { resourceSpans?: unknown }).resourceSpans)
  )
    throw new BadExport('the body has no list resourceSpans');
  const spans: StoredSpan[] = [];
  for (const resource of list((request as { resourceSpans: unknown }).resourceSpans)) {
    const { attributes } = (resource['resource'] ?? {}) as { attributes?: unknown };
    const agent = String(readAttributes(attributes)['service.name'] ?? 'unknown').replace(/^postroad-/, '');
    for (const scope of list(resource['scopeSpans']))
      for (const raw of list(scope['spans'])) {
        if (spans.length >= MAX_SPANS) return spans;
        const span = readSpan(raw, agent);
        if (span !== null) spans.push(span);
      }
  }
  return spans;
}

function readSpan(raw: RawSpan, agent: string): StoredSpan | null {
  const { traceId, spanId } = raw;
  const start = millis(raw.startTimeUnixNano);
  const end = millis(raw.endTimeUnixNano);
  if (typeof traceId !== 'string' || !TRACE_ID.test(traceId) || typeof spanId !== 'string' || !SPAN_ID.test(spanId))
    return null;
  if (start === null || end === null) return null;
  const { 'postroad.queue_id': queueId, ...attributes } = readAttributes(raw.attributes);
  const links = list(raw.links)
    .slice(0, MAX_LINKS)
    .map((link) => link['traceId'])
    .filter((id): id is string => typeof id === 'string' && TRACE_ID.test(id))
    .map((id) => id.toLowerCase());
  const failed = raw.status?.code === 2 || raw.status?.code === 'STATUS_CODE_ERROR';
  return {
    traceId: traceId.toLowerCase(),
    spanId: spanId.toLowerCase(),
    ...(typeof raw.parentSpanId === 'string' && SPAN_ID.test(raw.parentSpanId)
      ? { parentSpanId: raw.parentSpanId.toLowerCase() }
      : {}),
    name: text(raw.name),
    agent,
    start,
    end: Math.max(start, end),
    ...(typeof queueId === 'string' ? { queueId } : {}),
    ...(failed ? { error: text(raw.status?.message) || 'failed' } : {}),
    ...(links.length > 0 ? { links } : {}),
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
  };
}

/** Nanoseconds since the epoch, as a string of digits or a number, to ms with fractions (a microsecond is what a double keeps). */
function millis(nanos: unknown): number | null {
  if (typeof nanos !== 'string' && typeof nanos !== 'number') return null;
  const value = Number(nanos) / 1e6;
  return Number.isFinite(value) && value > 0 && value < 8.64e15 ? Math.round(value * 1e3) / 1e3 : null;
}

function readAttributes(given: unknown): Record<string, string | number | boolean> {
  const read: [string, string | number | boolean][] = [];
  for (const { key, value } of list(given).slice(0, MAX_ATTRIBUTES) as readonly Attribute[]) {
    if (typeof key !== 'string' || value === null || value === undefined) continue;
    if (typeof value.stringValue === 'string') read.push([key, text(value.stringValue)]);
    else if (typeof value.boolValue === 'boolean') read.push([key, value.boolValue]);
    else {
      const number = Number(value.intValue ?? value.doubleValue);
      if (Number.isFinite(number)) read.push([key, number]);
    }
  }
  return Object.fromEntries(read);
}
