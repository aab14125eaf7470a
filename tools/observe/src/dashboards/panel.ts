/** One query of a panel. `$ns` and `$pool` stand for the selectors of the dashboard's variables. */
interface Query {
  readonly expr: string;
  /** Name of each series, with labels as `{{door}}`. */
  readonly legend?: string;
}

/** Names of units as Grafana has them. */
type Unit =
  'short' | 'reqps' | 'cps' | 's' | 'dtdurations' | 'bytes' | 'Bps' | 'percentunit' | 'none' | 'mps' | 'string';

export interface Panel {
  readonly title: string;
  /** What it shows and what a bad one looks like: words, because colours are not seen by everyone. */
  readonly description: string;
  readonly kind: 'timeseries' | 'stat' | 'table' | 'text' | 'traces';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** From here it is bad: a dashed line, or another colour beside the number. `below`: the bad side is the lower one. */
  readonly bad?: { readonly from: number; readonly below?: boolean };
  /** Words for values, e.g. 1: yes. */
  readonly words?: Readonly<Record<number, string>>;
  /** Of 24 columns; absent: what is shared evenly in its row. */
  readonly width?: number;
  readonly height?: number;
  readonly stack?: boolean;
  /** Markdown of a text panel, TraceQL of a traces panel. */
  readonly content?: string;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** File name, and the end of its uid. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Which variables it has besides datasource and namespace. */
  readonly pool?: boolean;
  readonly traces?: boolean;
  readonly rows: readonly Row[];
}

type Options = Partial<Omit<Panel, 'title' | 'description' | 'kind' | 'unit' | 'queries'>>;

const make =
  (kind: Panel['kind']) =>
  (
    title: string,
    description: string,
    unit: Unit,
    queries: Readonly<Record<string, string>>,
    options: Options = {},
  ): Panel => ({
    ...{ title, description, kind, unit },
    queries: Object.entries(queries).map(([legend, expr]) => ({ legend, expr })),
    ...options,
  });

/** Panels: title, what it shows, unit, queries by legend, and options. */
export const lines = make('timeseries');
export const stat = make('stat');
export const table = make('table');

export const text = (title: string, content: string, options: Options = {}): Panel => ({
  ...{ title, description: '', kind: 'text', unit: 'none', queries: [], content },
  ...options,
});

export const traces = (title: string, description: string, traceql: string, options: Options = {}): Panel => ({
  ...{ title, description, kind: 'traces', unit: 'none', queries: [], content: traceql },
  ...options,
});

/** Selector of the namespace, without braces. */
export const NS = 'namespace="$namespace"';
/** The same, and the pools that were chosen. */
export const POOL = `${NS},pool=~"$pool"`;

/** Sum of rates a second by labels. */
export const rate = (metric: string, by: string, selector = NS): string =>
  `sum by (${by}) (rate(${metric}{${selector}}[$__rate_interval]))`;

/** A quantile of a histogram, over all processes or by further labels. */
export const quantile = (q: number, metric: string, selector = NS, by = ''): string =>
  `histogram_quantile(${q}, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${metric}_bucket{${selector}}[$__rate_interval])))`;

/** Half, 95 and 99 in 100 of a histogram. */
export const quantiles = (metric: string, selector = NS): Record<string, string> => ({
  'half of them': quantile(0.5, metric, selector),
  '95 in 100': quantile(0.95, metric, selector),
  '99 in 100': quantile(0.99, metric, selector),
});
