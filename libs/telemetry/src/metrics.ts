/** One value of a gauge. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Counters and gauges in Prometheus' text format (version 0.0.4): few enough to need no library. */
export class Metrics {
  readonly #families = new Map<
    string,
    { help: string; type: 'counter' | 'gauge'; values: Map<string, number | (() => number)> }
  >();

  readonly #read = new Map<string, { help: string; read: () => readonly Sample[] }>();

  #family(name: string, help: string, type: 'counter' | 'gauge') {
    let family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, (family = { help, type, values: new Map() }));
    return family.values;
  }

  /** Adds to a counter. `labels` come from a small fixed set of values, never from the network. */
  count(name: string, help: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    const values = this.#family(name, help, 'counter');
    const key = labelText(labels);
    const before = values.get(key);
    values.set(key, (typeof before === 'number' ? before : 0) + by);
  }

  /** A value read when it is asked for. */
  gauge(name: string, help: string, read: () => number, labels: Readonly<Record<string, string>> = {}): void {
    this.#family(name, help, 'gauge').set(labelText(labels), read);
  }

  /** Values read when they are asked for, whose labels may change between two looks (a small number of them). */
  gauges(name: string, help: string, read: () => readonly Sample[]): void {
    this.#read.set(name, { help, read });
  }

  render(): string {
    let out = '';
    for (const [name, { help, type, values }] of this.#families) {
      out += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
      for (const [labels, value] of values) out += `${name}${labels} ${typeof value === 'number' ? value : value()}\n`;
    }
    for (const [name, { help, read }] of this.#read) {
      out += `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
      for (const { labels, value } of read()) out += `${name}${labelText(labels)} ${value}\n`;
    }
    return out;
  }
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  const escape = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${entries.map(([k, v]) => `${k}="${escape(v)}"`).join(',')}}`;
}
