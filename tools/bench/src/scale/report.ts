import type { Journey } from './journeys.ts';

/** One measured point. */
export interface Point {
  readonly journey: Journey;
  /** Processes of each role. */
  readonly processes: number;
  /** Messages a second. */
  readonly rate: number;
  /** Milliseconds of CPU a message, by role and server; `machine`: all that was used. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** What was used, of what there was: of a role's limit, or of the machine's cores. */
  readonly use: Readonly<Record<string, number>>;
  /** Bytes a message: PostgreSQL's log, what its database grew by, what the broker wrote to its disk. */
  readonly bytes: { readonly wal: number; readonly database: number; readonly broker: number };
}

/** What was nearest to its limit. */
function saturated(point: Point): string {
  const [name = '', use = 0] = Object.entries(point.use).sort(([, a], [, b]) => b - a)[0] ?? [];
  return `${name} (${Math.round(use * 100)} % of what it may use)`;
}

export function renderScale(points: readonly Point[], limit: number): string {
  const lines = [
    limit > 0 ? `each process limited to ${limit} of a core` : 'no limit a process: the cores are shared',
    'journey    processes  messages/s   times  saturated first',
  ];
  for (const point of points) {
    const one = points.find(({ journey, processes }) => journey === point.journey && processes === 1);
    const times = one === undefined ? '' : `${(point.rate / one.rate).toFixed(2)}×`;
    lines.push(
      `${point.journey.padEnd(10)} ${String(point.processes).padStart(9)}  ${point.rate.toFixed(0).padStart(10)}  ${times.padStart(6)}  ${saturated(point)}`,
    );
  }
  lines.push('', 'CPU, ms a message:');
  for (const point of points) {
    const parts = Object.entries(point.cpuMs)
      .filter(([, ms]) => ms >= 0.005)
      .map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
    const { wal, database, broker } = point.bytes;
    lines.push(
      `${point.journey} × ${point.processes}: ${parts.join(', ')}`,
      `  KiB a message: broker writes ${kib(broker)}, PostgreSQL's log ${kib(wal)}, its database ${kib(database)}`,
    );
  }
  return lines.join('\n');
}

const kib = (bytes: number): string => (bytes / 1_024).toFixed(1);
