import type { Outcome } from './checks.ts';
import type { Instance } from './cluster.ts';
import { type Ended, memoryOf } from './running.ts';
import type { BuiltImage } from './image.ts';

/** Columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

const mib = (octets: number) => `${(octets / 2 ** 20).toFixed(0)} MiB`;
const seconds = (value: number) => `${value.toFixed(1)} s`;

export function imageLines(image: BuiltImage): string {
  const own = `${mib(image.bytes - image.baseBytes)} on a base of ${mib(image.baseBytes)}, ${image.layers} layers`;
  return `${image.name} ${image.id.slice(0, 12)}: ${mib(image.bytes)} (${own}), built in ${seconds(image.buildSeconds)}`;
}

/** What one container showed while it ran. */
export interface Figures {
  readonly name: string;
  readonly role: string;
  readonly readySeconds: number;
  readonly memoryBytes: number;
  readonly mostMemoryBytes: number;
}

export function figuresOf({ role, container, readySeconds }: Instance): Figures {
  const { now, most } = memoryOf(container.pid);
  return { name: container.spec.name, role, readySeconds, memoryBytes: now, mostMemoryBytes: most };
}

export function figuresTable(figures: readonly Figures[], ended: readonly Ended[]): string {
  const rows = figures.map((each) => {
    const end = ended.find(({ name }) => name === each.name);
    const code = end?.exitCode ?? 'killed';
    return [
      ...[each.name, seconds(each.readySeconds), mib(each.memoryBytes), mib(each.mostMemoryBytes)],
      ...(end === undefined ? ['', ''] : [String(code), seconds(end.seconds)]),
    ];
  });
  return table(['container', 'ready', 'memory', 'most', 'exit', 'drain'], rows);
}

export function outcomesTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, ok, detail }) => [ok ? 'good' : 'BAD', name, detail.split('\n')[0] ?? '']);
  return table(['', 'check', 'what was seen'], rows);
}
