import { derivedFrom } from '../store/keys.ts';
import type { EventReader } from '../store/reader.ts';
import type { MailEvent, StoredSpan } from '../store/types.ts';
import { outcomesOf, stateOf } from './outcomes.ts';
import type { EventEntry, MessageSummary, SpanEntry, Story } from './schema.ts';

const MAX_ENTRIES = 2_000;
const MAX_TRACES = 20;

/** Everything known of one message, joined (DESIGN §1.5); null when nothing is. */
export function tellStory(reader: EventReader, queueId: string): Story | null {
  const found = reader.find('queue', queueId, MAX_ENTRIES);
  const events = inOrder(found.events.filter((event) => event.queueId === queueId));
  const own = found.spans.filter((span) => span.queueId === queueId);
  if (events.length === 0 && own.length === 0) return null;
  const traceIds = [...new Set([...own.map((span) => span.traceId), ...events.flatMap(traceOf)])].slice(0, MAX_TRACES);
  const all = spansOf(reader, traceIds, own);
  const spans = [...all.values()].filter((span) => span.queueId === undefined || span.queueId === queueId);
  const timeline = [...events.map(eventEntry), ...spanEntries(spans)].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : a.kind === b.kind ? 0 : a.kind === 'span' ? -1 : 1,
  );
  const strangers = [...all.values()].flatMap((span) =>
    span.queueId === undefined || span.queueId === queueId ? [] : [span.queueId],
  );
  return {
    ...summarize(queueId, events, timeline[0]?.at ?? new Date(0).toISOString()),
    outcomes: outcomesOf(events),
    related: relatedTo(queueId, found.events, strangers),
    traceIds,
    timeline,
  };
}

/** A line for lists. */
export function summaryOf(reader: EventReader, queueId: string): MessageSummary | null {
  const events = inOrder(reader.find('queue', queueId, 200).events.filter((event) => event.queueId === queueId));
  return events[0] === undefined ? null : summarize(queueId, events, events[0].at);
}

function summarize(queueId: string, events: readonly MailEvent[], at: string): MessageSummary {
  const known = <K extends keyof MailEvent>(key: K) => events.find((event) => event[key] !== undefined)?.[key];
  const accepted = events.find((event) => event.step === 'accepted' || event.step === 'refused') ?? events[0];
  const messageId = known('messageId');
  const sender = known('sender');
  const size = known('size');
  return {
    ...{
      queueId,
      at,
      state: stateOf(events, outcomesOf(events)),
      recipients: [...(accepted?.recipients ?? known('recipients') ?? [])],
    },
    ...(messageId === undefined ? {} : { messageId }),
    ...(sender === undefined ? {} : { sender }),
    ...(size === undefined ? {} : { size }),
  };
}

/** The steps of one process are in order already: the sort is stable. */
function inOrder(events: readonly MailEvent[]): MailEvent[] {
  return events.toReversed().sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Only recorded traces have spans (the sampled flag of W3C Trace Context). */
const traceOf = (event: MailEvent): string[] =>
  event.traceparent?.endsWith('1') === true ? [event.traceparent.slice(3, 35)] : [];

/** All spans of these traces and those linked to them, each once. */
function spansOf(
  reader: EventReader,
  traceIds: readonly string[],
  own: readonly StoredSpan[],
): Map<string, StoredSpan> {
  const all = new Map(own.map((span) => [span.spanId, span]));
  for (const traceId of traceIds)
    for (const span of reader.find('trace', traceId, MAX_ENTRIES).spans)
      if (span.traceId === traceId || span.links?.includes(traceId) === true) all.set(span.spanId, span);
  return all;
}

/** Derived messages say so in an event; others that share the trace were made from this one or made it, by age. */
function relatedTo(queueId: string, events: readonly MailEvent[], strangers: readonly string[]): Story['related'] {
  const related = new Map<string, Story['related'][number]>();
  for (const event of events) {
    const derived = derivedFrom(event);
    const detail = event.detail === undefined ? {} : { detail: event.detail.replace(/, as \S+$/, '') };
    if (derived === undefined || event.queueId === undefined || derived === event.queueId) continue;
    if (event.queueId === queueId) related.set(derived, { queueId: derived, relation: 'derived', ...detail });
    else if (derived === queueId) related.set(event.queueId, { queueId: event.queueId, relation: 'parent', ...detail });
  }
  for (const other of strangers)
    if (!related.has(other))
      related.set(other, {
        queueId: other,
        relation: other < queueId ? 'parent' : 'derived',
        detail: 'in the same trace',
      });
  return [...related.values()];
}

const eventEntry = ({ at, agent, step, recipients, status, host, detail }: MailEvent): EventEntry => ({
  ...{ kind: 'event', at, agent, step },
  ...(recipients === undefined ? {} : { recipients: [...recipients] }),
  ...(status === undefined ? {} : { status }),
  ...(host === undefined ? {} : { host }),
  ...(detail === undefined ? {} : { detail }),
});

function spanEntries(spans: readonly StoredSpan[]): SpanEntry[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const depth = (span: StoredSpan, seen = 0): number => {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    // A loop of parents can only be made up.
    return parent === undefined || seen > 50 ? 0 : 1 + depth(parent, seen + 1);
  };
  return spans.map((span) => ({
    ...{ kind: 'span', at: new Date(span.start).toISOString(), agent: span.agent, name: span.name },
    durationMs: Math.round((span.end - span.start) * 1_000) / 1_000,
    ...{ traceId: span.traceId, spanId: span.spanId, depth: depth(span) },
    relation: span.links !== undefined ? 'linked' : span.parentSpanId === undefined ? 'root' : 'child',
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    ...(span.queueId === undefined ? {} : { queueId: span.queueId }),
    ...(span.error === undefined ? {} : { error: span.error }),
    ...(span.attributes === undefined ? {} : { attributes: { ...span.attributes } }),
  }));
}
