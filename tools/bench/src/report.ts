import type { Latency } from './measure/latency.ts';
import type { Run } from './rows.ts';

export type RowName = 'mailbox' | 'submission' | 'relay';

export interface SystemResult {
  readonly rows: Readonly<Record<RowName, readonly Run[]>>;
  readonly latency: Latency | null;
  readonly latencyRate: number;
}

export interface Result {
  readonly machine: { readonly cores: number; readonly model: string };
  readonly options: {
    readonly messages: number;
    readonly sessions: number;
    readonly size: number;
    readonly rounds: number;
  };
  readonly durability: string;
  readonly systems: Readonly<Record<string, SystemResult>>;
  /** Ours over theirs, of medians. */
  readonly ratios: {
    readonly accept: number;
    readonly mailbox: number;
    readonly submission: number;
    readonly relay: number;
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

const rate = (runs: readonly Run[]) => median(runs.map((run) => run.rate));
const acceptRate = (runs: readonly Run[]) => median(runs.map((run) => run.acceptRate));

export function ratiosOf(ours: SystemResult, theirs: SystemResult): Result['ratios'] {
  const round = (x: number) => Math.round(x * 100) / 100;
  const of = (row: RowName) => round(rate(ours.rows[row]) / rate(theirs.rows[row]));
  return {
    accept: round(acceptRate(ours.rows.mailbox) / acceptRate(theirs.rows.mailbox)),
    mailbox: of('mailbox'),
    submission: of('submission'),
    relay: of('relay'),
  };
}

/** The table a person reads. */
export function renderTable(result: Result): string {
  const names = Object.keys(result.systems);
  const line = (label: string, value: (system: SystemResult) => string, ratio = '') =>
    `${label.padEnd(44)}${names.map((name) => value(result.systems[name] as SystemResult).padStart(18)).join('')}${ratio.padStart(9)}`;
  const per = (runs: readonly Run[], pick: (run: Run) => number, digits: number) =>
    median(runs.map(pick)).toFixed(digits);
  const rows: RowName[] = ['mailbox', 'submission', 'relay'];
  const labels: Record<RowName, string> = {
    mailbox: 'MX into the mailbox',
    submission: 'submission into the mailbox',
    relay: 'submission to the sink',
  };
  const { messages, sessions, size, rounds } = result.options;
  return [
    `${messages} messages of ${size} bytes, ${sessions} sessions, ${rounds} rounds alternating, ${result.machine.cores} cores (${result.machine.model})`,
    `durability: ${result.durability}`,
    '',
    `${''.padEnd(44)}${names.map((name) => name.padStart(18)).join('')}${'ratio'.padStart(9)}`,
    line('accept (MX), messages/s', (s) => acceptRate(s.rows.mailbox).toFixed(0), `${result.ratios.accept}×`),
    ...rows.map((row) =>
      line(`${labels[row]}, messages/s`, (s) => rate(s.rows[row]).toFixed(0), `${result.ratios[row]}×`),
    ),
    ...rows.map((row) =>
      line(`  CPU seconds per 1,000: ${labels[row]}`, (s) => per(s.rows[row], (r) => r.cpuSecondsPer1000, 2)),
    ),
    line('  memory after the mailbox row, MiB', (s) => per(s.rows.mailbox, (r) => r.memoryMiB, 0)),
    line('  load of the latency row, messages/s', (s) => s.latencyRate.toFixed(0)),
    line('  DATA to visible in IMAP, p50 ms', (s) => s.latency?.p50.toFixed(1) ?? '–'),
    line('  DATA to visible in IMAP, p99 ms', (s) => s.latency?.p99.toFixed(1) ?? '–'),
  ].join('\n');
}
