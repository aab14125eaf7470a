import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Definition, LabelsOf } from './definition.ts';

/** One value of a gauge. */
export interface Sample<Label extends string = string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

/** Series of one metric. Labels come from small fixed sets; should one not, it is not this process that dies of it. */
const MAX_SERIES = 2_000;

type Labels = Readonly<Record<string, string>>;
type Reader = () => readonly Sample[];

/** The metrics of one agent, in Prometheus' text format: those of the catalogue, and Node's own (`process_*`, `nodejs_*`). */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #readers = new Map<string, Reader[]>();
  readonly #series = new Map<string, Set<string>>();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Adds to a counter. */
  count<D extends Definition>(metric: D, labels: LabelsOf<D>, by = 1): void {
    let counter = this.#counters.get(metric.name);
    if (counter === undefined) this.#counters.set(metric.name, (counter = new Counter(this.#options(metric))));
    if (this.#admits(metric, labels)) counter.inc(labels, by);
  }

  /** Adds an observation to a histogram, in the unit of its name. */
  observe<D extends Definition>(metric: D, labels: LabelsOf<D>, value: number): void {
    let histogram = this.#histograms.get(metric.name);
    if (histogram === undefined) {
      const buckets = metric.buckets === undefined ? {} : { buckets: [...metric.buckets] };
      this.#histograms.set(metric.name, (histogram = new Histogram({ ...this.#options(metric), ...buckets })));
    }
    if (this.#admits(metric, labels)) histogram.observe(labels, value);
  }

  /** A counter kept elsewhere as a plain number, for paths where a call for each would cost too much. Never {@link count} it as well. */
  total<D extends Definition>(metric: D, labels: LabelsOf<D>, read: () => number): void {
    this.#read(metric, () => [{ labels, value: read() }]);
  }

  /** A value read when it is asked for. */
  gauge<D extends Definition>(metric: D, labels: LabelsOf<D>, read: () => number): void {
    this.gauges(metric, () => [{ labels, value: read() }]);
  }

  /** Values read when they are asked for, whose labels may change between two looks. */
  gauges<D extends Definition>(metric: D, read: () => readonly Sample<D['labels'][number]>[]): void {
    this.#read(metric, read);
  }

  #read(metric: Definition, read: Reader): void {
    const known = this.#readers.get(metric.name);
    if (known !== undefined) {
      known.push(read);
      return;
    }
    const readers: Reader[] = [read];
    this.#readers.set(metric.name, readers);
    const options = this.#options(metric);
    const samples = () => readers.flatMap((each) => each());
    const bare = metric.labels.length === 0;
    // reset() leaves a 0 behind where there are no labels; what nobody tells of is not told
    if (metric.type === 'counter')
      new Counter({
        ...options,
        collect() {
          this.reset();
          if (bare) this.remove();
          for (const { labels, value } of samples()) this.inc(labels, value);
        },
      });
    else
      new Gauge({
        ...options,
        collect() {
          this.reset();
          if (bare) this.remove();
          for (const { labels, value } of samples()) this.set(labels, value);
        },
      });
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #options(metric: Definition) {
    return { name: metric.name, help: metric.help, labelNames: [...metric.labels], registers: [this.#registry] };
  }

  #admits(metric: Definition, labels: Labels): boolean {
    let series = this.#series.get(metric.name);
    if (series === undefined) this.#series.set(metric.name, (series = new Set()));
    const key = metric.labels.map((label) => labels[label]).join('\0');
    if (series.has(key)) return true;
    if (series.size >= MAX_SERIES) return false;
    series.add(key);
    return true;
  }
}
