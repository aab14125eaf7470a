import type { MailEvent } from '@postroad/telemetry';

/** A finished span, as much of it as a timeline shows. */
export interface StoredSpan {
  /** 32 and 16 hex digits (W3C Trace Context). */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** `service.name` without `postroad-`. */
  readonly agent: string;
  /** ms since the epoch, with fractions. */
  readonly start: number;
  readonly end: number;
  readonly queueId?: string;
  /** What it failed with. */
  readonly error?: string;
  /** Trace ids of other traces it points at. */
  readonly links?: readonly string[];
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/** One publish of stream EVENTS; `key` tells a redelivery from something new. */
export interface RawBatch {
  readonly key: string;
  readonly data: Uint8Array;
}

/** What became of a write. */
export interface Written {
  readonly events: number;
  readonly spans: number;
  /** Batches of an unknown version, or that are no batches. */
  readonly skipped: number;
}

export type WriterRequest =
  | { readonly id: number; readonly kind: 'events'; readonly batches: readonly RawBatch[] }
  | { readonly id: number; readonly kind: 'spans'; readonly body: Uint8Array }
  | { readonly id: number; readonly kind: 'close' };

export type WriterReply =
  | { readonly id: number; readonly ok: true; readonly written: Written }
  /** `bad`: the sender's fault. */
  | { readonly id: number; readonly ok: false; readonly bad: boolean; readonly message: string };

export interface WriterSettings {
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

export type { MailEvent };
