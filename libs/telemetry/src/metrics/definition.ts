/** A metric by its name, defined once: code, dashboards, rules and docs/metrics.md all stand on it. */
export interface Definition<Label extends string = string> {
  /** Prometheus' naming: unit last, `_total` for counters. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Each takes few values, all known to the code: never one that the network chose. */
  readonly labels: readonly Label[];
  /** Upper bounds of a histogram's buckets, in the unit of its name. */
  readonly buckets?: readonly number[];
}

/** A value for every label of a definition. */
export type LabelsOf<D extends Definition> = Readonly<Record<D['labels'][number], string>>;

/** Seconds, from a commit's millisecond to a client's patience. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Seconds, of what may wait for another host: up to the days that a queue tries. */
export const LONG_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200, 28_800, 86_400, 432_000];

/** Messages that shared something. */
export const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500];

export const counter = <const Label extends string = never>(
  name: `postroad_${string}_total`,
  help: string,
  labels: readonly Label[] = [],
): Definition<Label> => ({ name, type: 'counter', help, labels });

export const gauge = <const Label extends string = never>(
  name: `postroad_${string}`,
  help: string,
  labels: readonly Label[] = [],
): Definition<Label> => ({ name, type: 'gauge', help, labels });

export const histogram = <const Label extends string = never>(
  name: `postroad_${string}`,
  help: string,
  labels: readonly Label[] = [],
  buckets: readonly number[] = SECONDS,
): Definition<Label> => ({ name, type: 'histogram', help, labels, buckets });
